/* A shard: what one worker measured in one interval. The worker's thread, but for reset. Nothing here allocates while the
 * pages reserved for it last. */
#include "shard_internal.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "onager/text.h"

/* Pages a shard begins with: about 1 ms to 1 s of durations at 0.1 % in each of the first rows. */
#define RESERVED_PAGES 512
#define EXAMPLE_COLUMNS 60

struct shard *shard_new(const struct plan *plan)
{
    struct shard *shard = mem_alloc(sizeof *shard);

    shard->plan = plan;
    shard->set = series_set_new(plan);
    shard->pool = hist_pool_new(RESERVED_PAGES);
    shard->rows = mem_array(shard->set->row_count, sizeof *shard->rows);
    shard->scenarios = mem_array(plan->scenario_count, sizeof *shard->scenarios);
    shard->series = mem_array(shard->set->count, sizeof *shard->series);
    for (uint32_t r = 0; r < shard->set->row_count; r++) {
        shard->rows[r].status_capacity = SHARD_STATUSES;
        shard->rows[r].statuses = mem_array(SHARD_STATUSES, sizeof *shard->rows[r].statuses);
        hist_init(&shard->rows[r].duration, HIST_FINE_BITS, shard->pool);
        hist_init(&shard->rows[r].response, HIST_COARSE_BITS, shard->pool);
        for (unsigned p = 0; p < PHASE_COUNT; p++)
            hist_init(&shard->rows[r].phases[p], HIST_COARSE_BITS, shard->pool);
    }
    for (size_t s = 0; s < plan->scenario_count; s++) {
        hist_init(&shard->scenarios[s].lag, HIST_COARSE_BITS, shard->pool);
        hist_init(&shard->scenarios[s].duration, HIST_COARSE_BITS, shard->pool);
        hist_init(&shard->scenarios[s].response, HIST_COARSE_BITS, shard->pool);
    }
    for (size_t i = 0; i < shard->set->count; i++)
        hist_init(&shard->series[i].trend, series_bits(&shard->set->series[i]), shard->pool);
    shard_journey_init(shard);
    return shard;
}

void shard_free(struct shard *shard)
{
    if (shard == NULL)
        return;
    for (uint32_t r = 0; r < shard->set->row_count; r++) {
        free(shard->rows[r].statuses);
        hist_release(&shard->rows[r].duration);
        hist_release(&shard->rows[r].response);
        for (unsigned p = 0; p < PHASE_COUNT; p++)
            hist_release(&shard->rows[r].phases[p]);
    }
    for (size_t s = 0; s < shard->plan->scenario_count; s++) {
        hist_release(&shard->scenarios[s].lag);
        hist_release(&shard->scenarios[s].duration);
        hist_release(&shard->scenarios[s].response);
    }
    for (size_t i = 0; i < shard->set->count; i++)
        hist_release(&shard->series[i].trend);
    shard_journey_release(shard);
    free(shard->rows);
    free(shard->scenarios);
    free(shard->series);
    series_set_free(shard->set);
    hist_pool_free(shard->pool);
    free(shard);
}

uint32_t shard_row(const struct plan *plan, size_t scenario, size_t request)
{
    const struct plan_scenario *from = &plan->scenarios[scenario];
    uint32_t row = series_first_row(plan, scenario);

    for (size_t r = 0; r < plan_scenario_row_count(from); r++)
        if (plan_scenario_row(from, r).request == request)
            return row + (uint32_t)r;
    INVARIANT(!"the request is in the scenario's mix");
    return 0;
}

static void count_status(struct shard_row *row, uint16_t code)
{
    unsigned i = 0;

    while (i < row->status_count && row->statuses[i].code != code)
        i++;
    if (i == row->status_count) {
        if (i == row->status_capacity) {
            row->status_capacity *= 2;
            row->statuses = mem_resize(row->statuses, row->status_capacity, sizeof *row->statuses);
        }
        row->statuses[row->status_count++] = (struct snap_status){ .code = code };
    }
    row->statuses[i].count++;
}

static void count_error(struct shard *shard, const struct sample *sample)
{
    unsigned i = 0;
    struct shard_error *error;

    while (i < shard->error_count && (shard->errors[i].row != sample->row || shard->errors[i].kind != sample->fault ||
                                      (sample->fault == FAULT_NONE && shard->errors[i].status != sample->status)))
        i++;
    if (i == SHARD_ERRORS)
        return;
    error = &shard->errors[i];
    if (i == shard->error_count) {
        shard->error_count++;
        *error = (struct shard_error){ .row = sample->row, .kind = sample->fault, .first_ns = sample->ended_ns };
        error->status = sample->fault == FAULT_NONE ? sample->status : 0;
    }
    if (error->example[0] == '\0' && sample->example != NULL)
        text_sanitize(error->example, sizeof error->example, sample->example, strlen(sample->example), EXAMPLE_COLUMNS, true);
    error->count++;
    if (sample->ended_ns < error->first_ns)
        error->first_ns = sample->ended_ns;
    if (sample->ended_ns > error->last_ns)
        error->last_ns = sample->ended_ns;
}

static uint64_t metric_value(enum metric_id metric, const struct sample *sample)
{
    switch (metric) {
    case METRIC_ID_HTTP_REQ_RESPONSE_TIME:
        return sample->response_ns;
    case METRIC_ID_HTTP_REQ_BLOCKED:
        return sample->phases[PHASE_BLOCKED];
    case METRIC_ID_HTTP_REQ_RESOLVING:
        return sample->phases[PHASE_RESOLVING];
    case METRIC_ID_HTTP_REQ_CONNECTING:
        return sample->phases[PHASE_CONNECTING];
    case METRIC_ID_HTTP_REQ_TLS_HANDSHAKING:
        return sample->phases[PHASE_TLS];
    case METRIC_ID_HTTP_REQ_SENDING:
        return sample->phases[PHASE_SENDING];
    case METRIC_ID_HTTP_REQ_WAITING:
        return sample->phases[PHASE_WAITING];
    case METRIC_ID_HTTP_REQ_RECEIVING:
        return sample->phases[PHASE_RECEIVING];
    default:
        return sample->duration_ns;
    }
}

static bool sample_matches(const struct series *series, const struct sample *sample)
{
    bool failed = sample->outcome == OUTCOME_FAILED_STATUS || sample->outcome == OUTCOME_ERROR;

    return series->rows[sample->row] && (series->status < 0 || series->status == sample->status) &&
           (series->expected_response < 0 || (sample->outcome != OUTCOME_INTERRUPTED && series->expected_response == !failed)) &&
           (series->error < 0 || (enum fault)series->error == sample->fault);
}

static void record_one_series(struct shard_series *own, enum metric_id metric, const struct sample *sample)
{
    bool is_timed = sample->is_sent && sample->outcome != OUTCOME_INTERRUPTED;

    switch (metric) {
    case METRIC_ID_HTTP_REQS:
        own->count++;
        break;
    case METRIC_ID_HTTP_REQ_FAILED:
        own->count += sample->outcome != OUTCOME_INTERRUPTED;
        own->passes += sample->outcome == OUTCOME_FAILED_STATUS || sample->outcome == OUTCOME_ERROR;
        break;
    case METRIC_ID_DATA_SENT:
        own->count += sample->bytes_sent;
        break;
    case METRIC_ID_DATA_RECEIVED:
        own->count += sample->bytes_received;
        break;
    default:
        if (is_timed && metric_value(metric, sample) != SNAP_NONE)
            hist_record(&own->trend, metric_value(metric, sample));
    }
}

static __attribute__((noinline)) void record_series(struct shard *shard, const struct sample *sample)
{
    for (size_t i = 0; i < shard->set->count; i++) {
        const struct series *series = &shard->set->series[i];

        if (series->by_sample && sample_matches(series, sample))
            record_one_series(&shard->series[i], series->metric, sample);
    }
}

static inline void record_phase(struct shard_row *row, enum phase phase, uint64_t ns)
{
    if (__builtin_expect(ns == 0, 0))
        row->phase_zeros[phase]++;
    else
        hist_record_bits(&row->phases[phase], HIST_COARSE_BITS, ns);
}

static __attribute__((noinline)) void record_connect(struct shard_row *row, const uint64_t *phases)
{
    for (enum phase p = PHASE_BLOCKED; p < PHASE_SENDING; p++)
        record_phase(row, p, phases[p]);
}

static inline void record_times(struct shard_row *row, const struct sample *sample)
{
    const uint64_t *phases = sample->phases;

    hist_record_bits(&row->duration, HIST_FINE_BITS, sample->duration_ns);
    if (__builtin_expect((phases[PHASE_BLOCKED] | phases[PHASE_RESOLVING] | phases[PHASE_CONNECTING] | phases[PHASE_TLS]) == 0, 1))
        row->reused++;
    else
        record_connect(row, phases);
    record_phase(row, PHASE_SENDING, phases[PHASE_SENDING]);
    record_phase(row, PHASE_WAITING, phases[PHASE_WAITING]);
    record_phase(row, PHASE_RECEIVING, phases[PHASE_RECEIVING]);
    if (sample->response_ns != SNAP_NONE)
        hist_record_bits(&row->response, HIST_COARSE_BITS, sample->response_ns);
}

void shard_record_request(struct shard *shard, const struct sample *sample)
{
    struct shard_row *row = &shard->rows[sample->row];

    shard->calls++;
#ifdef ONAGER_TEST_DISCARD_SAMPLE
    {
        static bool is_discarded;

        if (!is_discarded) {
            is_discarded = true;
            return;
        }
    }
#endif
    row->requests.total++;
    row->requests.sent += sample->is_sent;
    row->requests.retried += sample->is_retried;
    row->requests.bytes_sent += sample->bytes_sent;
    row->requests.bytes_received += sample->bytes_received;
    switch (sample->outcome) {
    case OUTCOME_OK:
        row->requests.ok++;
        break;
    case OUTCOME_FAILED_STATUS:
        row->requests.failed_status++;
        count_error(shard, sample);
        break;
    case OUTCOME_ERROR:
        row->requests.errors[sample->fault]++;
        row->requests.errors_all++;
        count_error(shard, sample);
        break;
    case OUTCOME_INTERRUPTED:
        row->requests.interrupted++;
        row->interrupted_sent += sample->is_sent;
        break;
    }
    if (sample->status != 0 && sample->outcome <= OUTCOME_FAILED_STATUS)
        count_status(row, sample->status);
    if (sample->is_sent && sample->outcome != OUTCOME_INTERRUPTED)
        record_times(row, sample);
    if (shard->set->by_sample_count > 0)
        record_series(shard, sample);
}

void shard_record_planned(struct shard *shard, size_t scenario, uint64_t count)
{
    shard->scenarios[scenario].iterations.planned += count;
}

void shard_record_started(struct shard *shard, size_t scenario, uint64_t lag_ns)
{
    shard->scenarios[scenario].iterations.started++;
    if (lag_ns != SNAP_NONE)
        hist_record(&shard->scenarios[scenario].lag, lag_ns);
}

void shard_record_completed(struct shard *shard, size_t scenario, uint64_t duration_ns, uint64_t response_ns, bool failed)
{
    struct shard_scenario *own = &shard->scenarios[scenario];

    own->iterations.completed++;
    own->iterations.failed += failed;
    hist_record(&own->duration, duration_ns);
    if (response_ns != SNAP_NONE)
        hist_record(&own->response, response_ns);
}

void shard_record_interrupted(struct shard *shard, size_t scenario)
{
    shard->scenarios[scenario].iterations.interrupted++;
}

void shard_record_dropped(struct shard *shard, size_t scenario, enum drop_reason reason, uint64_t count)
{
    struct snap_iterations *iterations = &shard->scenarios[scenario].iterations;

    iterations->dropped += count;
    iterations->dropped_no_vu += reason == DROP_NO_VU ? count : 0;
    iterations->dropped_stall += reason == DROP_STALL ? count : 0;
    iterations->dropped_queue_full += reason == DROP_QUEUE_FULL ? count : 0;
}

void shard_record_cancelled(struct shard *shard, size_t scenario, uint64_t count)
{
    shard->scenarios[scenario].iterations.cancelled += count;
}

void shard_set_vus(struct shard *shard, size_t scenario, uint32_t busy, uint32_t allocated, uint32_t waiting)
{
    struct shard_scenario *own = &shard->scenarios[scenario];

    own->vus_busy = busy;
    own->vus_allocated = allocated;
    own->vus_waiting = waiting;
}

void shard_close(struct shard *shard, uint64_t first, uint64_t last, const struct shard_gauges *gauges, bool is_last)
{
    shard->first = first;
    shard->last = last;
    shard->gauges = *gauges;
    shard->is_last = is_last;
}

bool shard_is_last(const struct shard *shard)
{
    return shard->is_last;
}

static void row_reset(struct shard_row *row)
{
    hist_clear(&row->duration);
    hist_clear(&row->response);
    for (unsigned p = 0; p < PHASE_COUNT; p++)
        hist_clear(&row->phases[p]);
    memset(&row->requests, 0, sizeof row->requests);
    row->interrupted_sent = row->reused = 0;
    memset(row->phase_zeros, 0, sizeof row->phase_zeros);
    row->status_count = 0;
}

void shard_reset(struct shard *shard)
{
    for (uint32_t r = 0; r < shard->set->row_count; r++)
        if (shard->rows[r].requests.total > 0)
            row_reset(&shard->rows[r]);
    for (size_t s = 0; s < shard->plan->scenario_count; s++) {
        struct shard_scenario *own = &shard->scenarios[s];

        memset(&own->iterations, 0, sizeof own->iterations);
        hist_clear(&own->lag);
        hist_clear(&own->duration);
        hist_clear(&own->response);
    }
    for (size_t i = 0; i < shard->set->count; i++) {
        hist_clear(&shard->series[i].trend);
        shard->series[i].count = shard->series[i].passes = 0;
    }
    shard_journey_reset(shard);
    shard->error_count = 0;
    shard->calls = 0;
    /* what was missing once is there next time, with some to spare */
    if (hist_pool_misses(shard->pool) != shard->misses_seen) {
        shard->misses_seen = hist_pool_misses(shard->pool);
        hist_pool_reserve(shard->pool, hist_pool_pages(shard->pool) + RESERVED_PAGES / 4);
    }
}
