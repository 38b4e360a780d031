/* What journeys measured, as JSON: checks by name, and metrics of the plan's own. Pure. */
#include <math.h>

#include "json.h"

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

static void member_string(struct json *json, const char *key, const char *value)
{
    json_write_key(json, key);
    json_write_string(json, value);
}

void json_checks(struct json *json, const struct snapshot *snapshot)
{
    json_write_array(json);
    for (size_t i = 0; i < snapshot->check_count; i++) {
        const struct snap_check *check = &snapshot->checks[i];

        json_write_object(json);
        member_string(json, "name", check->name);
        member_string(json, "group", check->group[0] != '\0' ? check->group : NULL);
        member_string(json, "request", check->request);
        member_string(json, "scenario", check->scenario);
        member_u64(json, "passes", check->passes);
        member_u64(json, "fails", check->fails);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void add_custom(struct json *json, const struct snapshot *snapshot, const struct snap_custom *custom)
{
    json_write_object(json);
    member_string(json, "type", custom_kind_name(custom->plan->kind));
    member_string(json, "unit", custom->plan->is_time ? "ms" : NULL);
    switch (custom->plan->kind) {
    case CUSTOM_TREND:
        json_trend_members(json, &custom->trend);
        break;
    case CUSTOM_COUNTER:
        member_double(json, "count", custom->sum);
        member_double(json, "rate", snapshot->plan_ns > 0 ? custom->sum / ((double)snapshot->plan_ns / 1e9) : NAN);
        break;
    case CUSTOM_GAUGE:
        member_double(json, "value", custom->samples > 0 ? custom->last : NAN);
        member_double(json, "min", custom->samples > 0 ? custom->least : NAN);
        member_double(json, "max", custom->samples > 0 ? custom->most : NAN);
        break;
    case CUSTOM_RATE:
        member_double(json, "rate", custom->samples > 0 ? (double)custom->passes / (double)custom->samples : NAN);
        member_u64(json, "passes", custom->passes);
        member_u64(json, "fails", custom->samples - custom->passes);
        break;
    }
    json_write_object_end(json);
}

void json_custom_metrics(struct json *json, const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->custom_count; i++) {
        json_write_key(json, snapshot->customs[i].plan->name);
        add_custom(json, snapshot, &snapshot->customs[i]);
    }
}
