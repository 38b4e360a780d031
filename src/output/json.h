/* The summary as JSON, schema onager.summary/1 (summary.schema.json). Pure but for what is asked of the machine. */
#ifndef ONAGER_OUTPUT_JSON_H
#define ONAGER_OUTPUT_JSON_H

#include "json_write.h"
#include "output.h"

extern const struct output_ops output_json;

/* The whole document with a line break at its end. */
void json_summary(struct buf *out, const struct snapshot *snapshot);

/* ---- parts: each writes one value ---- */

void json_trend(struct json *json, const struct snap_trend *trend); /* an object of milliseconds, or null */
void json_trend_members(struct json *json, const struct snap_trend *trend);
void json_metrics(struct json *json, const struct snapshot *snapshot);
void json_requests(struct json *json, const struct snapshot *snapshot);
void json_scenarios(struct json *json, const struct snapshot *snapshot);
void json_intervals(struct json *json, const struct snapshot *snapshot);
void json_iterations_members(struct json *json, const struct snap_iterations *iterations);
/* Each address of each host: connections and failed connects. */
void json_addresses(struct json *json, const struct snapshot *snapshot);
void json_errors(struct json *json, const struct snap_requests *requests);
/* By name, request and group. */
void json_checks(struct json *json, const struct snapshot *snapshot);
/* Members of the object of metrics. */
void json_custom_metrics(struct json *json, const struct snapshot *snapshot);
void json_statuses(struct json *json, const struct snap_status *statuses, size_t count);
void json_milliseconds(struct json *json, uint64_t ns); /* SNAP_NONE gives null */
double json_per_second(uint64_t count, const struct snapshot *snapshot);

#endif
