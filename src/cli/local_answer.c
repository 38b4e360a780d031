/* What a run says through its socket. Pure. */
#include "local_answer.h"

#include <string.h>
#include <unistd.h>

#include "json.h"
#include "json_write.h"
#include "local_path.h"
#include "progress.h"

static void text_member(struct json *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_write_string(json, text);
}

static void count_member(struct json *json, const char *key, uint64_t count)
{
    json_write_key(json, key);
    json_write_u64(json, count);
}

static void number_member(struct json *json, const char *key, double number)
{
    json_write_key(json, key);
    json_write_double(json, number);
}

static void seconds_member(struct json *json, const char *key, uint64_t ns)
{
    json_write_key(json, key);
    if (ns == SNAP_NONE)
        json_write_null(json);
    else
        json_write_double(json, (double)ns / 1e9);
}

void local_hello(struct buf *out, const struct plan *plan, const struct snapshot *s)
{
    struct json json;

    json_write_init(&json, out, 0);
    json_write_object(&json);
    text_member(&json, "protocol", LOCAL_PROTOCOL);
    count_member(&json, "pid", (uint64_t)getpid());
    text_member(&json, "run", s != NULL ? s->run_id : "");
    text_member(&json, "plan", plan->name);
    text_member(&json, "state", s != NULL ? run_state_name(s->state) : "ready");
    json_write_object_end(&json);
    buf_add_char(out, '\n');
}

void local_reply(struct buf *out, bool is_good, const char *text)
{
    struct json json;

    json_write_init(&json, out, 0);
    json_write_object(&json);
    json_write_key(&json, "ok");
    json_write_bool(&json, is_good);
    text_member(&json, "text", text);
    json_write_object_end(&json);
    buf_add_char(out, '\n');
}

static void scenarios(struct json *json, const struct snapshot *s)
{
    json_write_key(json, "scenarios");
    json_write_array(json);
    for (size_t i = 0; i < s->scenario_count; i++) {
        const struct snap_scenario *scenario = &s->scenarios[i];

        json_write_object(json);
        text_member(json, "name", scenario->name);
        text_member(json, "executor", executor_kind_name(scenario->executor));
        number_member(json, "planned_rate", scenario->planned_rate);
        count_member(json, "planned_vus", scenario->planned_vus);
        count_member(json, "vus_busy", scenario->vus_busy);
        count_member(json, "vus_allocated", scenario->vus_allocated);
        count_member(json, "started", scenario->iterations.started);
        count_member(json, "dropped", scenario->iterations.dropped);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

static void numbers(struct json *json, const struct snapshot *s)
{
    number_member(json, "planned_rate", s->planned_rate);
    number_member(json, "rate", s->rate_10s);
    count_member(json, "vus_busy", s->vus_busy);
    count_member(json, "vus_allocated", s->vus_allocated);
    count_member(json, "in_flight", s->in_flight);
    count_member(json, "iterations_planned", s->iterations.planned);
    count_member(json, "iterations_started", s->iterations.started);
    count_member(json, "iterations_dropped", s->iterations.dropped);
    count_member(json, "requests", s->all.requests.total);
    count_member(json, "requests_failed", snap_failed(&s->all.requests));
    json_write_key(json, "duration_10s_ms");
    json_trend(json, &s->all.duration_10s);
    text_member(json, "verdict", verdict_level_name(s->verdict.level));
    count_member(json, "thresholds", s->threshold_count);
    count_member(json, "thresholds_passed", s->thresholds_passed);
    count_member(json, "undo_levels", s->undo_levels);
}

void local_status(struct buf *out, const struct snapshot *s)
{
    struct buf record;
    struct json json;

    if (s == NULL) {
        local_reply(out, true, "onager 00:00 ready");
        return;
    }
    buf_init(&record);
    progress_record(&record, s);
    json_write_init(&json, out, 0);
    json_write_object(&json);
    json_write_key(&json, "ok");
    json_write_bool(&json, true);
    text_member(&json, "text", record.data);
    text_member(&json, "run", s->run_id);
    text_member(&json, "plan", s->plan->name);
    text_member(&json, "state", run_state_name(s->state));
    json_write_key(&json, "is_final");
    json_write_bool(&json, s->is_final);
    json_write_key(&json, "exit_code");
    if (s->is_final)
        json_write_i64(&json, s->exit_code);
    else
        json_write_null(&json);
    seconds_member(&json, "at_s", s->at_ns);
    seconds_member(&json, "plan_s", s->plan_ns);
    seconds_member(&json, "plan_total_s", s->plan_total_ns);
    seconds_member(&json, "paused_s", s->paused_ns);
    numbers(&json, s);
    scenarios(&json, s);
    json_write_object_end(&json);
    buf_add_char(out, '\n');
    buf_release(&record);
}

void local_stats(struct buf *out, const struct snapshot *s)
{
    struct buf text;

    if (s == NULL) {
        local_reply(out, false, "nothing is known yet");
        return;
    }
    /* the summary as it would be now, brought on one line: its strings hold no line break */
    buf_init(&text);
    json_summary(&text, s);
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] != '\n')
            buf_add_char(out, text.data[i]);
    buf_add_char(out, '\n');
    buf_release(&text);
}
