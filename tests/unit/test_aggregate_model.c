/* shard and aggregate against a naive model that keeps every sample in a list: what three workers recorded comes out again, to
 * the last count, whatever order it arrives in. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "metrics_fixture.h"
#include "random.h"

static struct mx mx;

static int set_up(void **state)
{
    (void)state;
    mx_plan(&mx);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mx_release(&mx);
    return 0;
}

#define MODEL_WORKERS 3
#define MODEL_INTERVALS 118 /* 29.5 s */
#define MODEL_SAMPLES 60000

struct entry {
    uint32_t row, interval;
    struct sample sample;
};

struct model {
    struct entry entries[MODEL_SAMPLES];
    size_t count;
    uint64_t started[MODEL_INTERVALS][MX_SCENARIOS], dropped[MODEL_INTERVALS];
};

static struct sample draw(struct random *random)
{
    struct sample sample = mx_sample((uint32_t)random_below(random, ROWS), 0);
    uint64_t kind = random_below(random, 100);

    /* from 30 µs to about 3 s, most of them short */
    sample.duration_ns = 30000 + random_below(random, 1ULL << (10 + random_below(random, 22)));
    sample.phases[PHASE_SENDING] = sample.duration_ns / 10;
    sample.phases[PHASE_RECEIVING] = sample.duration_ns / 5;
    sample.phases[PHASE_WAITING] = sample.duration_ns - sample.phases[PHASE_SENDING] - sample.phases[PHASE_RECEIVING];
    if (random_below(random, 8) == 0) {
        sample.phases[PHASE_BLOCKED] = random_below(random, 5000);
        sample.phases[PHASE_CONNECTING] = 20000 + random_below(random, 50000);
    }
    if (kind < 3) {
        sample.outcome = OUTCOME_FAILED_STATUS;
        sample.status = (uint16_t)(500 + random_below(random, 4));
        sample.example = "503 \033[31mno";
    } else if (kind < 6) {
        sample.outcome = OUTCOME_ERROR;
        sample.status = 0;
        sample.fault = (enum fault)(1 + random_below(random, FAULT_COUNT - 1));
        sample.is_sent = random_below(random, 2) == 0;
    } else if (kind < 7) {
        sample.outcome = OUTCOME_INTERRUPTED;
        sample.status = 0;
        sample.is_sent = random_below(random, 2) == 0;
    } else if (kind < 20) {
        sample.status = 201;
    }
    sample.is_retried = sample.outcome == OUTCOME_ERROR && random_below(random, 2) == 0;
    sample.bytes_received = random_below(random, 5000);
    return sample;
}

static void record_interval(struct model *model, struct shard *shard, struct random *random, uint32_t interval)
{
    uint64_t samples = random_below(random, 150);

    for (uint64_t i = 0; i < samples && model->count < MODEL_SAMPLES; i++) {
        struct entry *entry = &model->entries[model->count++];

        entry->sample = draw(random);
        entry->sample.ended_ns = interval * INTERVAL_NS + random_below(random, INTERVAL_NS);
        entry->row = entry->sample.row;
        entry->interval = interval;
        shard_record_request(shard, &entry->sample);
    }
    for (size_t s = 0; s < MX_SCENARIOS; s++) {
        uint64_t iterations = random_below(random, 30);

        shard_record_planned(shard, s, iterations);
        for (uint64_t i = 0; i < iterations; i++) {
            shard_record_started(shard, s, s == MX_SHOP ? random_below(random, 500000) : SNAP_NONE);
            shard_record_completed(shard, s, MS(3), s == MX_SHOP ? MS(4) : SNAP_NONE, false);
        }
        model->started[interval][s] += iterations;
    }
    if (random_below(random, 10) == 0) {
        shard_record_planned(shard, MX_SHOP, 7);
        shard_record_dropped(shard, MX_SHOP, DROP_NO_VU, 4);
        shard_record_dropped(shard, MX_SHOP, DROP_QUEUE_FULL, 3);
        model->dropped[interval] += 7;
    }
}

static bool is_timed(const struct sample *sample)
{
    return sample->is_sent && sample->outcome != OUTCOME_INTERRUPTED;
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Sorted durations of a row (ROWS: all) in intervals [from, to). */
static size_t model_durations(const struct model *model, uint32_t row, uint32_t from, uint32_t to, uint64_t *out)
{
    size_t count = 0;

    for (size_t i = 0; i < model->count; i++) {
        const struct entry *entry = &model->entries[i];

        if ((row == ROWS || entry->row == row) && entry->interval >= from && entry->interval < to && is_timed(&entry->sample))
            out[count++] = entry->sample.duration_ns;
    }
    qsort(out, count, sizeof *out, compare_u64);
    return count;
}

static void assert_near(uint64_t value, uint64_t truth, double share)
{
    double error = (double)(value > truth ? value - truth : truth - value);

    assert_true(error <= (double)truth * share + 1);
}

static uint64_t at_rank(const uint64_t *sorted, size_t count, double q)
{
    size_t rank = (size_t)(q * (double)count);

    if ((double)rank < q * (double)count)
        rank++;
    return sorted[rank > 0 ? rank - 1 : 0];
}

static void assert_trend(const struct snap_trend *trend, const uint64_t *sorted, size_t count, double share)
{
    assert_int_equal(trend->count, count);
    if (count == 0) {
        assert_true(trend->p50_ns == SNAP_NONE && trend->max_ns == SNAP_NONE);
        return;
    }
    assert_near(trend->p50_ns, at_rank(sorted, count, 0.5), share);
    assert_near(trend->p90_ns, at_rank(sorted, count, 0.9), share);
    assert_near(trend->p95_ns, at_rank(sorted, count, 0.95), share);
    assert_near(trend->p99_ns, at_rank(sorted, count, 0.99), share);
    assert_near(trend->p999_ns, at_rank(sorted, count, 0.999), share);
}

static void assert_ordered(const struct snap_trend *t)
{
    if (t->count == 0)
        return;
    assert_true(t->min_ns <= t->p50_ns && t->p50_ns <= t->p90_ns && t->p90_ns <= t->p95_ns && t->p95_ns <= t->p99_ns);
    assert_true(t->p99_ns <= t->p999_ns && t->p999_ns <= t->max_ns);
    assert_true(t->mean_ns >= t->min_ns && t->mean_ns <= t->max_ns);
}

static void assert_row_ordered(const struct snap_row *row)
{
    assert_ordered(&row->duration);
    assert_ordered(&row->duration_10s);
    for (int p = 0; p < PHASE_COUNT; p++)
        assert_ordered(&row->phases[p]);
}

static void assert_snapshot_ordered(const struct snapshot *s)
{
    assert_row_ordered(&s->all);
    for (size_t r = 0; r < s->row_count; r++)
        assert_row_ordered(&s->rows[r]);
    assert_ordered(&s->response);
    assert_ordered(&s->response_10s);
    assert_ordered(&s->lag);
    assert_ordered(&s->lag_10s);
    assert_ordered(&s->iteration_duration);
}

static void assert_requests(const struct model *model, uint32_t row, const struct snap_row *got)
{
    struct snap_requests want = { 0 };
    uint64_t statuses[600] = { 0 };

    for (size_t i = 0; i < model->count; i++) {
        const struct sample *sample = &model->entries[i].sample;

        if (row != ROWS && model->entries[i].row != row)
            continue;
        want.total++;
        want.sent += sample->is_sent;
        want.retried += sample->is_retried;
        want.ok += sample->outcome == OUTCOME_OK;
        want.failed_status += sample->outcome == OUTCOME_FAILED_STATUS;
        want.interrupted += sample->outcome == OUTCOME_INTERRUPTED;
        want.bytes_sent += sample->bytes_sent;
        want.bytes_received += sample->bytes_received;
        if (sample->outcome == OUTCOME_ERROR) {
            want.errors[sample->fault]++;
            want.errors_all++;
        }
        statuses[sample->status]++;
    }
    assert_memory_equal(&got->requests, &want, sizeof want);
    assert_int_equal(got->failed, want.failed_status + want.errors_all);
    for (size_t i = 0; i < got->status_count; i++) {
        assert_int_equal(got->statuses[i].count, statuses[got->statuses[i].code]);
        assert_true(i == 0 || got->statuses[i].code > got->statuses[i - 1].code);
        statuses[got->statuses[i].code] = 0;
    }
    for (size_t code = 1; code < 600; code++)
        assert_int_equal(statuses[code], 0); /* none left out */
}

static void assert_phases(const struct model *model, const struct snap_row *all)
{
    uint64_t sums[PHASE_COUNT] = { 0 }, most[PHASE_COUNT] = { 0 }, count = 0;

    for (size_t i = 0; i < model->count; i++) {
        const struct sample *sample = &model->entries[i].sample;

        if (!is_timed(sample))
            continue;
        count++;
        for (int p = 0; p < PHASE_COUNT; p++) {
            sums[p] += sample->phases[p];
            most[p] = sample->phases[p] > most[p] ? sample->phases[p] : most[p];
        }
    }
    for (int p = 0; p < PHASE_COUNT; p++) {
        assert_int_equal(all->phases[p].count, count);
        assert_int_equal(all->phases[p].mean_ns, sums[p] / count);
        assert_int_equal(all->phases[p].max_ns, most[p]);
        assert_int_equal(all->phases[p].min_ns == 0, p < PHASE_SENDING);
    }
    assert_int_equal(all->phases[PHASE_CONNECTING].p50_ns, 0); /* seven of eight came on a connection that was there */
    assert_true(all->phases[PHASE_CONNECTING].p90_ns >= 20000);
}

static void assert_errors(const struct model *model, const struct snapshot *s)
{
    uint64_t failed = 0, counted = 0;

    for (size_t i = 0; i < s->error_count; i++) {
        const struct snap_error *error = &s->errors[i];
        uint64_t count = 0, first = UINT64_MAX, last = 0;

        for (size_t k = 0; k < model->count; k++) {
            const struct sample *sample = &model->entries[k].sample;
            bool is_it = error->kind != FAULT_NONE ? sample->outcome == OUTCOME_ERROR && sample->fault == error->kind
                                                   : sample->outcome == OUTCOME_FAILED_STATUS && sample->status == error->status;

            if (!is_it || model->entries[k].row != error->row)
                continue;
            count++;
            first = sample->ended_ns < first ? sample->ended_ns : first;
            last = sample->ended_ns > last ? sample->ended_ns : last;
        }
        assert_int_equal(error->count, count);
        assert_int_equal(error->first_ns, first);
        assert_int_equal(error->last_ns, last);
        assert_null(strchr(error->example, '\033'));
        assert_int_equal(error->example[0] != '\0', error->kind == FAULT_NONE);
        assert_true(i == 0 || error->count <= s->errors[i - 1].count);
        counted += count;
    }
    for (size_t k = 0; k < model->count; k++)
        failed += model->entries[k].sample.outcome == OUTCOME_FAILED_STATUS || model->entries[k].sample.outcome == OUTCOME_ERROR;
    assert_int_equal(counted, failed);
}

static void assert_history(const struct model *model, const struct snapshot *s)
{
    size_t points = history_points(s->history);
    uint64_t rows[ROWS + 1] = { 0 };

    assert_int_equal(points, (MODEL_INTERVALS + 3) / 4);
    for (size_t i = 0; i < points; i++) {
        struct history_point point;
        uint64_t counts[ROWS + 1] = { 0 }, started = 0, dropped = 0;
        uint32_t bands[HISTORY_HEAT_BANDS], in_bands = 0;

        assert_true(history_point(s->history, i, &point));
        assert_int_equal(point.at_ns, i * NS_PER_S);
        assert_false(point.is_late);
        for (size_t k = 0; k < model->count; k++)
            if (model->entries[k].interval / 4 == i) {
                counts[0]++;
                counts[model->entries[k].row + 1]++;
            }
        for (uint32_t n = 4 * (uint32_t)i; n < 4 * i + 4 && n < MODEL_INTERVALS; n++) {
            started += model->started[n][MX_SHOP] + model->started[n][MX_API];
            dropped += model->dropped[n];
        }
        assert_int_equal(point.started, started);
        assert_int_equal(point.completed, started);
        assert_int_equal(point.dropped, dropped);
        assert_int_equal(point.planned, started + dropped);
        for (uint32_t r = 0; r <= ROWS; r++) {
            struct history_row row;

            assert_true(history_row(s->history, i, r, &row));
            assert_int_equal(row.count, counts[r]);
            assert_true(row.p50 <= row.p90 && row.p90 <= row.p95 && row.p95 <= row.p99 && row.p99 <= row.max);
            rows[r] += row.count;
        }
        assert_true(history_heat(s->history, i, 0, bands));
        for (int b = 0; b < HISTORY_HEAT_BANDS; b++)
            in_bands += bands[b];
        {
            struct history_quantiles q;

            history_merge(s->history, i, i + 1, &q);
            assert_int_equal(in_bands, q.count);
        }
    }
    assert_int_equal(rows[0], s->all.requests.total);
    for (size_t r = 0; r < s->row_count; r++)
        assert_int_equal(rows[s->rows[r].id], s->rows[r].requests.total);
}

/* The window after `covered` intervals of every worker: nine whole seconds and the begun one, or ten when that has hardly begun. */
static uint32_t window_first_interval(uint32_t covered)
{
    uint32_t current = (covered - 1) / 4, first = current >= 9 ? current - 9 : 0;

    if (first > 0 && covered - current * 4 < 2)
        first--;
    return first * 4;
}

static void assert_window(const struct model *model, const struct snapshot *s, uint32_t covered, uint64_t *scratch)
{
    uint32_t from = window_first_interval(covered);
    double seconds = (double)(covered - from) / 4;

    for (uint32_t r = 0; r <= ROWS; r++) {
        const struct snap_row *row = r == ROWS ? &s->all : &s->rows[r];
        uint64_t count = 0, failed = 0;

        for (size_t k = 0; k < model->count; k++) {
            const struct entry *entry = &model->entries[k];

            if ((r == ROWS || entry->row == r) && entry->interval >= from && entry->interval < covered) {
                count++;
                failed += entry->sample.outcome == OUTCOME_FAILED_STATUS || entry->sample.outcome == OUTCOME_ERROR;
            }
        }
        assert_int_equal(row->count_10s, count);
        assert_int_equal(row->failed_10s, failed);
        assert_true(row->rate_10s * seconds > (double)count - 0.01 && row->rate_10s * seconds < (double)count + 0.01);
        assert_trend(&row->duration_10s, scratch, model_durations(model, r, from, covered, scratch), 0.008);
    }
    {
        uint64_t last = 0;
        uint32_t begin = covered > 4 ? covered - 4 : 0;

        for (size_t k = 0; k < model->count; k++)
            last += model->entries[k].interval >= begin && model->entries[k].interval < covered;
        assert_true(s->rate_1s * (covered - begin) / 4 > (double)last - 0.01 && s->rate_1s * (covered - begin) / 4 < (double)last + 0.01);
    }
}

static struct model model; /* too large for a stack */
static uint64_t scratch[MODEL_SAMPLES];

/* Workers hand in with delays of up to 7 s, in random order, but each in its own order; now and then they all catch up. */
static void run_model(struct random *random)
{
    struct shard *waiting[MODEL_WORKERS][MODEL_INTERVALS];
    uint32_t handed[MODEL_WORKERS] = { 0 };

    for (uint32_t interval = 0; interval < MODEL_INTERVALS; interval++) {
        bool is_meeting = interval % 13 == 12 || interval + 1 == MODEL_INTERVALS;

        for (unsigned w = 0; w < MODEL_WORKERS; w++) {
            struct shard_gauges gauges = { .vus_busy = 1, .vus_allocated = 2, .cpu_ns = interval * MS(50) };
            struct shard *shard = waiting[w][interval] = shard_new(&mx.plan);

            record_interval(&model, shard, random, interval);
            shard_close(shard, interval, interval, &gauges, interval + 1 == MODEL_INTERVALS);
        }
        for (unsigned turn = 0; turn < 4 * MODEL_WORKERS; turn++) {
            unsigned w = (unsigned)random_below(random, MODEL_WORKERS);

            if (handed[w] <= interval && (interval - handed[w] > 24 || random_below(random, 4) == 0)) {
                aggregate_add(mx.aggregate, w, waiting[w][handed[w]]);
                shard_free(waiting[w][handed[w]++]);
            }
        }
        for (unsigned w = 0; w < MODEL_WORKERS && is_meeting; w++)
            for (; handed[w] <= interval; handed[w]++) {
                aggregate_add(mx.aggregate, w, waiting[w][handed[w]]);
                shard_free(waiting[w][handed[w]]);
            }
        mx_tick(&mx, interval + 1);
        assert_snapshot_ordered(mx_fill(&mx));
        if (is_meeting)
            assert_window(&model, mx_fill(&mx), interval + 1, scratch);
    }
}

static void three_workers_in_any_order_add_up_to_a_naive_model(void **state)
{
    struct random random;
    const struct snapshot *s;

    (void)state;
    memset(&model, 0, sizeof model);
    random_init(&random, 20, 26);
    mx_start(&mx, MODEL_WORKERS);
    run_model(&random);
    aggregate_finish(mx.aggregate, MODEL_INTERVALS * INTERVAL_NS);
    s = mx_fill(&mx);
    assert_true(model.count > 20000 && model.count < MODEL_SAMPLES);
    assert_snapshot_ordered(s);
    for (uint32_t r = 0; r <= ROWS; r++) {
        const struct snap_row *row = r == ROWS ? &s->all : &s->rows[r];
        size_t count = model_durations(&model, r, 0, MODEL_INTERVALS, scratch);

        assert_requests(&model, r, row);
        assert_trend(&row->duration, scratch, count, 0.001);
        assert_int_equal(row->duration.min_ns, scratch[0]);
        assert_int_equal(row->duration.max_ns, scratch[count - 1]);
        assert_int_equal(row->histogram->count, count);
    }
    assert_phases(&model, &s->all);
    assert_errors(&model, s);
    assert_history(&model, s);
    assert_string_equal(s->books_text, "");
    assert_true(s->books_balance);
    assert_true(s->verdict.level != VERDICT_INVALID);
    assert_int_equal(s->vus_busy, MODEL_WORKERS);
    assert_int_equal(s->vus_allocated, 2 * MODEL_WORKERS);
    assert_int_equal(aggregate_exit_code(mx.aggregate), EXIT_PASSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(three_workers_in_any_order_add_up_to_a_naive_model, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("aggregate model", tests, NULL, NULL);
}
