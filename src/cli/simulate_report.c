/* The load curve as lines of blocks, as CSV, as JSON. */
#include "simulate_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json_write.h"
#include "mem.h"
#include "onager/text.h"
#include "sparkline.h"

#define COLUMNS_MIN 40
#define COLUMNS_MAX 400
#define INDENT 2
#define NAME_COLUMNS 40

static double per_s(const struct forecast *forecast, uint64_t planned)
{
    return (double)planned * 1e9 / (double)forecast->step_ns;
}

static bool is_open(const struct forecast_scenario *scenario)
{
    return executor_is_open(scenario->plan->executor);
}

/* ---- text ---- */

/* The mean of each column: arrivals a second, or VUs. */
static void add_curve(
    struct buf *out, const struct forecast *forecast, const struct forecast_point *points, bool of_vus, size_t columns, bool utf8)
{
    size_t cells = columns - INDENT, count = forecast->count < cells ? forecast->count : cells;
    double *values = mem_array(count + 1, sizeof *values);

    for (size_t i = 0; i < count; i++) {
        size_t from = i * forecast->count / count, to = (i + 1) * forecast->count / count;

        for (size_t j = from; j < to; j++)
            values[i] += (of_vus ? (double)points[j].vus : per_s(forecast, points[j].planned)) / (double)(to - from);
    }
    buf_addf(out, "%*s", INDENT, "");
    sparkline_add(out, values, count, utf8);
    buf_add_char(out, '\n');
    free(values);
}

static void add_peak(struct buf *out, const struct forecast *forecast, const struct forecast_sum *sum, bool with_rate, bool with_vus)
{
    char number[40], at[40];

    if (with_rate)
        buf_addf(
            out, ", peak %s/s at %s", units_format_rate(number, sizeof number, per_s(forecast, sum->peak_planned)),
            units_format_clock(at, sizeof at, sum->peak_planned_at_ns));
    if (with_vus)
        buf_addf(
            out, ", at most %s VU%s at %s", units_format_count(number, sizeof number, sum->peak_vus), sum->peak_vus == 1 ? "" : "s",
            units_format_clock(at, sizeof at, sum->peak_vus_at_ns));
}

static void add_name(struct buf *out, const char *name, bool utf8)
{
    char shown[200];

    text_sanitize(shown, sizeof shown, name, strlen(name), NAME_COLUMNS, utf8);
    buf_add_text(out, shown);
}

static void add_scenario(
    struct buf *out, const struct forecast *forecast, const struct forecast_scenario *scenario, size_t columns, bool utf8)
{
    char from[40], to[40], number[40];
    struct buf line;

    buf_init(&line);
    add_name(&line, scenario->plan->name, utf8);
    buf_addf(
        &line, ": %s, %s to %s%s", executor_kind_name(scenario->plan->executor),
        units_format_clock(from, sizeof from, scenario->plan->start_time_ns), scenario->iterations > 0 ? "at most " : "",
        units_format_clock(to, sizeof to, scenario->ends_ns));
    if (is_open(scenario))
        buf_addf(
            &line, ", %s%s arrivals", scenario->is_expected ? "about " : "",
            units_format_count(number, sizeof number, scenario->sum.planned));
    else if (scenario->iterations > 0)
        buf_addf(&line, ", %s iterations", units_format_count(number, sizeof number, scenario->iterations));
    add_peak(&line, forecast, &scenario->sum, is_open(scenario), !is_open(scenario));
    buf_add_text(out, line.data);
    buf_add_char(out, '\n');
    add_curve(out, forecast, scenario->points, !is_open(scenario), columns, utf8);
    if (scenario->has_chaos)
        buf_addf(
            out, "%*schaos: %llu spike%s, factor %.2f to %.2f\n", INDENT, "", (unsigned long long)scenario->spikes,
            scenario->spikes == 1 ? "" : "s", scenario->least_ppm / 1e6, scenario->most_ppm / 1e6);
    buf_release(&line);
}

/* "00:00" to the left, the end to the right, the middle where there is room. */
static void add_axis(struct buf *out, const struct forecast *forecast, size_t columns)
{
    size_t cells = columns - INDENT, count = forecast->count < cells ? forecast->count : cells, used;
    char middle[40], end[40];

    units_format_clock(middle, sizeof middle, forecast->length_ns / 2);
    units_format_clock(end, sizeof end, forecast->length_ns);
    buf_addf(out, "%*s00:00", INDENT, "");
    used = strlen("00:00");
    if (count / 2 > used + strlen(middle) && count > used + 2 * strlen(middle) + strlen(end)) {
        buf_addf(out, "%*s", (int)(count / 2 - used + strlen(middle) / 2), middle);
        used = count / 2 + strlen(middle) / 2;
    }
    if (count > used + strlen(end))
        buf_addf(out, "%*s", (int)(count - used), end);
    else
        buf_addf(out, " to %s", end);
    buf_add_char(out, '\n');
}

void simulate_text(struct buf *out, const struct plan *plan, const struct forecast *forecast, size_t columns, bool utf8)
{
    char length[40], number[40], step[40];
    bool has_open = false, has_closed = false;

    columns = columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
    for (size_t i = 0; i < forecast->scenario_count; i++)
        *(is_open(&forecast->scenarios[i]) ? &has_open : &has_closed) = true;
    add_name(out, plan->name, utf8);
    buf_addf(out, ": %s", units_format_duration(length, sizeof length, forecast->length_ns));
    if (has_open)
        buf_addf(out, ", %s arrivals", units_format_count(number, sizeof number, forecast->sum.planned));
    add_peak(out, forecast, &forecast->sum, has_open, has_closed);
    buf_addf(
        out, "; seed %llu, in steps of %s\n", (unsigned long long)plan->seed, units_format_duration(step, sizeof step, forecast->step_ns));
    for (size_t i = 0; i < forecast->scenario_count; i++) {
        buf_add_char(out, '\n');
        add_scenario(out, forecast, &forecast->scenarios[i], columns, utf8);
    }
    if (forecast->scenario_count > 1 && has_open != has_closed) {
        buf_add_text(out, "\nall\n");
        add_curve(out, forecast, forecast->points, has_closed, columns, utf8);
    }
    add_axis(out, forecast, columns);
}

/* ---- CSV ---- */

static void csv_cell(struct buf *out, const char *name, const char *column)
{
    buf_add_text(out, ",\"");
    for (; *name != '\0'; name++) {
        if (*name == '"')
            buf_add_char(out, '"');
        buf_add_char(out, *name);
    }
    buf_addf(out, " %s\"", column);
}

void simulate_csv(struct buf *out, const struct forecast *forecast)
{
    buf_add_text(out, "at_s,planned,vus");
    for (size_t i = 0; i < forecast->scenario_count; i++) {
        csv_cell(out, forecast->scenarios[i].plan->name, "planned");
        csv_cell(out, forecast->scenarios[i].plan->name, "vus");
        csv_cell(out, forecast->scenarios[i].plan->name, "factor");
    }
    buf_add_char(out, '\n');
    for (size_t i = 0; i < forecast->count; i++) {
        const struct forecast_point *all = &forecast->points[i];

        buf_addf(
            out, "%.12g,%llu,%llu", (double)i * ((double)forecast->step_ns / 1e9), (unsigned long long)all->planned,
            (unsigned long long)all->vus);
        for (size_t j = 0; j < forecast->scenario_count; j++) {
            const struct forecast_point *point = &forecast->scenarios[j].points[i];

            buf_addf(
                out, ",%llu,%llu,%u.%06u", (unsigned long long)point->planned, (unsigned long long)point->vus, point->factor_ppm / 1000000,
                point->factor_ppm % 1000000);
        }
        buf_add_char(out, '\n');
    }
}

/* ---- JSON ---- */

static void json_text(struct json *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_write_string(json, text);
}

static void json_count(struct json *json, const char *key, uint64_t count)
{
    json_write_key(json, key);
    json_write_u64(json, count);
}

static void json_seconds(struct json *json, const char *key, uint64_t ns)
{
    json_write_key(json, key);
    json_write_double(json, (double)ns / 1e9);
}

static void json_sum(struct json *json, const struct forecast *forecast, const struct forecast_sum *sum)
{
    json_count(json, "planned", sum->planned);
    json_write_key(json, "peak_rate");
    json_write_double(json, per_s(forecast, sum->peak_planned));
    json_seconds(json, "peak_rate_at_s", sum->peak_planned_at_ns);
    json_count(json, "peak_vus", sum->peak_vus);
    json_seconds(json, "peak_vus_at_s", sum->peak_vus_at_ns);
}

static void json_points(struct json *json, const struct forecast *forecast, const struct forecast_point *points, bool with_factor)
{
    json_write_key(json, "intervals");
    json_write_object(json);
    json_write_key(json, "planned");
    json_write_array(json);
    for (size_t i = 0; i < forecast->count; i++)
        json_write_u64(json, points[i].planned);
    json_write_array_end(json);
    json_write_key(json, "vus");
    json_write_array(json);
    for (size_t i = 0; i < forecast->count; i++)
        json_write_u64(json, points[i].vus);
    json_write_array_end(json);
    if (with_factor) {
        json_write_key(json, "factor");
        json_write_array(json);
        for (size_t i = 0; i < forecast->count; i++)
            json_write_double(json, points[i].factor_ppm / 1e6);
        json_write_array_end(json);
    }
    json_write_object_end(json);
}

static void json_scenario(struct json *json, const struct forecast *forecast, const struct forecast_scenario *scenario)
{
    json_write_object(json);
    json_text(json, "name", scenario->plan->name);
    json_text(json, "executor", executor_kind_name(scenario->plan->executor));
    json_seconds(json, "starts_s", scenario->plan->start_time_ns);
    json_seconds(json, "ends_s", scenario->ends_ns);
    json_sum(json, forecast, &scenario->sum);
    json_write_key(json, "iterations");
    if (scenario->iterations > 0)
        json_write_u64(json, scenario->iterations);
    else
        json_write_null(json);
    json_write_key(json, "is_expected");
    json_write_bool(json, scenario->is_expected);
    json_count(json, "spikes", scenario->spikes);
    json_points(json, forecast, scenario->points, true);
    json_write_object_end(json);
}

void simulate_json(struct buf *out, const struct plan *plan, const struct forecast *forecast, uint64_t start_wall_ns)
{
    time_t start = (time_t)(start_wall_ns / NS_PER_S);
    char stamp[40] = "";
    struct json json;
    struct tm utc;

    if (gmtime_r(&start, &utc) != NULL)
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_write_init(&json, out, 1);
    json_write_object(&json);
    json_text(&json, "schema", "onager.forecast/1");
    json_text(&json, "name", plan->name);
    json_text(&json, "plan_sha256", plan->sha256);
    json_count(&json, "seed", plan->seed);
    json_text(&json, "start", stamp);
    json_seconds(&json, "duration_s", forecast->length_ns);
    json_seconds(&json, "step_s", forecast->step_ns);
    json_sum(&json, forecast, &forecast->sum);
    json_points(&json, forecast, forecast->points, false);
    json_write_key(&json, "scenarios");
    json_write_array(&json);
    for (size_t i = 0; i < forecast->scenario_count; i++)
        json_scenario(&json, forecast, &forecast->scenarios[i]);
    json_write_array_end(&json);
    json_write_object_end(&json);
    buf_add_char(out, '\n');
}
