/* The output json: the document as a whole, and writing it to its file. */
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "onager/units.h"
#include "onager/version.h"

static void member_string(struct json *json, const char *key, const char *value)
{
    json_write_key(json, key);
    json_write_string(json, value);
}

static void member_u64(struct json *json, const char *key, uint64_t value)
{
    json_write_key(json, key);
    json_write_u64(json, value);
}

static void member_double(struct json *json, const char *key, double value)
{
    json_write_key(json, key);
    json_write_double(json, value);
}

static void member_tags(struct json *json, const char *key, const struct plan_tag *tags, size_t count)
{
    json_write_key(json, key);
    json_write_object(json);
    for (size_t i = 0; i < count; i++)
        member_string(json, tags[i].name, tags[i].value);
    json_write_object_end(json);
}

/* 2025-11-20T14:00:17.250Z */
static void member_stamp(struct json *json, const char *key, uint64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    struct tm parts;
    char text[40], all[64];

    json_write_key(json, key);
    if (wall_ns == 0 || gmtime_r(&seconds, &parts) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
        json_write_null(json);
        return;
    }
    snprintf(all, sizeof all, "%s.%03uZ", text, (unsigned)(wall_ns % NS_PER_S / NS_PER_MS));
    json_write_string(json, all);
}

static void add_run(struct json *json, const struct snapshot *s)
{
    const struct plan *plan = s->plan;

    json_write_object(json);
    member_string(json, "id", s->run_id);
    member_string(json, "name", plan->name);
    member_string(json, "description", plan->description);
    member_tags(json, "labels", plan->labels, plan->label_count);
    member_string(json, "target", plan->request_count > 0 ? plan->requests[0].url : NULL);
    member_stamp(json, "started_at", s->started_wall_ns);
    member_double(json, "duration_s", (double)s->at_ns / 1e9);
    member_double(json, "paused_s", (double)s->paused_ns / 1e9);
    member_string(json, "state", run_state_name(s->state));
    member_string(json, "end_reason", s->end_reason[0] != '\0' ? s->end_reason : NULL);
    member_u64(json, "exit_code", (uint64_t)s->exit_code);
    member_u64(json, "seed", plan->seed);
    member_string(json, "plan_sha256", plan->sha256[0] != '\0' ? plan->sha256 : NULL);
    json_write_object_end(json);
}

static void add_verdict(struct json *json, const struct snapshot *s)
{
    json_write_object(json);
    member_string(json, "level", verdict_level_name(s->verdict.level));
    json_write_key(json, "reasons");
    json_write_array(json);
    for (size_t i = 0; i < s->verdict.reason_count; i++) {
        const struct snap_reason *reason = &s->verdict.reasons[i];

        json_write_object(json);
        member_string(json, "code", verdict_code_name(reason->code));
        member_string(json, "level", verdict_level_name(reason->level));
        member_string(json, "text", reason->text);
        member_double(json, "from_s", reason->first_ns == SNAP_NONE ? NAN : (double)reason->first_ns / 1e9);
        member_double(json, "to_s", reason->last_ns == SNAP_NONE ? NAN : (double)reason->last_ns / 1e9);
        member_u64(json, "seconds", reason->seconds);
        member_double(json, "value", reason->value);
        member_double(json, "limit", reason->limit);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_object_end(json);
}

static void add_counts(struct json *json, const struct snapshot *s)
{
    const struct snap_requests *r = &s->all.requests;

    json_write_object(json);
    json_write_key(json, "iterations");
    json_write_object(json);
    json_iterations_members(json, &s->iterations);
    json_write_object_end(json);
    json_write_key(json, "requests");
    json_write_object(json);
    member_u64(json, "total", r->total);
    member_u64(json, "sent", r->sent);
    member_u64(json, "ok", r->ok);
    member_u64(json, "failed_status", r->failed_status);
    member_u64(json, "interrupted", r->interrupted);
    member_u64(json, "retried", r->retried);
    json_write_key(json, "errors");
    json_errors(json, r);
    json_write_object_end(json);
    json_write_key(json, "checks");
    json_write_object(json);
    member_u64(json, "passes", s->checks_passes);
    member_u64(json, "fails", s->checks_fails);
    json_write_object_end(json);
    json_write_object_end(json);
}

static void add_thresholds(struct json *json, const struct snapshot *s)
{
    json_write_array(json);
    for (size_t i = 0; i < s->threshold_count; i++) {
        const struct snap_threshold *t = &s->thresholds[i];

        json_write_object(json);
        member_string(json, "metric", t->plan->metric);
        member_tags(json, "filter", t->plan->filter, t->plan->filter_count);
        member_string(json, "expression", t->plan->expression);
        member_double(json, "window_s", t->plan->over_ns > 0 ? (double)t->plan->over_ns / 1e9 : NAN);
        member_double(json, "value", t->has_value ? t->value : NAN);
        member_double(json, "worst_window", t->worst_window);
        member_double(json, "margin", t->has_value ? t->margin : NAN);
        member_u64(json, "samples", t->samples);
        json_write_key(json, "passed");
        json_write_bool(json, t->passed);
        json_write_key(json, "aborted");
        json_write_bool(json, t->aborted);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void add_annotations(struct json *json, const struct snapshot *s)
{
    json_write_array(json);
    for (size_t i = 0; i < s->event_count; i++) {
        json_write_object(json);
        member_double(json, "at_s", (double)s->events[i].at_ns / 1e9);
        member_string(json, "kind", event_kind_name(s->events[i].kind));
        member_string(json, "by", s->events[i].by[0] != '\0' ? s->events[i].by : NULL);
        member_string(json, "text", s->events[i].text);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void add_generator(struct json *json, const struct snapshot *s)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN), pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
    struct utsname name;
    bool is_known = uname(&name) == 0;

    json_write_object(json);
    member_double(json, "cpu_user_s", (double)s->cpu_user_ns / 1e9);
    member_double(json, "cpu_sys_s", (double)s->cpu_system_ns / 1e9);
    member_u64(json, "max_rss_bytes", s->max_rss_bytes);
    member_u64(json, "threads", s->worker_count);
    json_write_key(json, "lag_ms");
    json_write_object(json);
    json_write_key(json, "p50");
    json_milliseconds(json, s->lag.p50_ns);
    json_write_key(json, "p99");
    json_milliseconds(json, s->lag.p99_ns);
    json_write_key(json, "max");
    json_milliseconds(json, s->lag.max_ns);
    json_write_object_end(json);
    json_write_key(json, "machine");
    json_write_object(json);
    member_string(json, "system", is_known ? name.sysname : NULL);
    member_string(json, "release", is_known ? name.release : NULL);
    member_string(json, "architecture", is_known ? name.machine : NULL);
    member_double(json, "cpus", cpus > 0 ? (double)cpus : NAN);
    member_double(json, "memory_bytes", pages > 0 && page_size > 0 ? (double)pages * (double)page_size : NAN);
    json_write_object_end(json);
    json_write_object_end(json);
}

void json_summary(struct buf *out, const struct snapshot *snapshot)
{
    struct json json;

    json_write_init(&json, out, 1);
    json_write_object(&json);
    member_string(&json, "schema", "onager.summary/1");
    member_string(&json, "version", onager_version());
    json_write_key(&json, "run");
    add_run(&json, snapshot);
    json_write_key(&json, "verdict");
    add_verdict(&json, snapshot);
    json_write_key(&json, "counts");
    add_counts(&json, snapshot);
    json_write_key(&json, "metrics");
    json_metrics(&json, snapshot);
    json_write_key(&json, "requests");
    json_requests(&json, snapshot);
    json_write_key(&json, "scenarios");
    json_scenarios(&json, snapshot);
    json_write_key(&json, "status");
    json_statuses(&json, snapshot->all.statuses, snapshot->all.status_count);
    json_write_key(&json, "checks");
    json_checks(&json, snapshot);
    json_write_key(&json, "thresholds");
    add_thresholds(&json, snapshot);
    json_write_key(&json, "addresses");
    json_addresses(&json, snapshot);
    json_write_key(&json, "annotations");
    add_annotations(&json, snapshot);
    json_write_key(&json, "intervals");
    json_intervals(&json, snapshot);
    json_write_key(&json, "generator");
    add_generator(&json, snapshot);
    json_write_object_end(&json);
    buf_add_char(out, '\n');
}

/* ---- the output ---- */

static int open_json(struct output *output, struct error *err)
{
    return output_file_probe(output->path, err);
}

static int write_final(struct output *output, const struct snapshot *snapshot, struct error *err)
{
    char *name = output_file_name(output->path, snapshot->run_number);
    struct buf text;
    int failed;

    buf_init(&text);
    json_summary(&text, snapshot);
    failed = output_file_write(name, text.data, text.length, err);
    buf_release(&text);
    free(name);
    return failed;
}

static void close_json(struct output *output)
{
    output->state = NULL;
}

const struct output_ops output_json = { "json", ".json", open_json, write_final, close_json };
