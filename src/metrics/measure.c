/* Takes the numbers of a series out of a shard: of its rows, of its scenarios, or what the shard recorded sample by sample.
 * Control thread. */
#include "measure.h"

void measure_init(struct measure *measure, unsigned bits, struct hist_pool *pool)
{
    *measure = (struct measure){ 0 };
    hist_init(&measure->trend, bits, pool);
}

void measure_clear(struct measure *measure)
{
    hist_clear(&measure->trend);
    measure->count = measure->passes = measure->last_ns = 0;
    measure->sum = measure->last = 0;
}

void measure_release(struct measure *measure)
{
    hist_release(&measure->trend);
}

void measure_add(struct measure *to, const struct measure *from)
{
    hist_merge(&to->trend, &from->trend);
    if (from->count > 0 && from->last_ns >= to->last_ns) {
        to->last = from->last;
        to->last_ns = from->last_ns;
    }
    to->sum += from->sum;
    to->count += from->count;
    to->passes += from->passes;
}

static void add_custom(struct measure *to, const struct shard_custom *from)
{
    if (from->count == 0)
        return;
    if (from->last_ns >= to->last_ns) {
        to->last = from->last;
        to->last_ns = from->last_ns;
    }
    hist_merge(&to->trend, &from->trend);
    to->sum += from->sum;
    to->passes += from->passes;
    to->count += from->count;
}

static void add_checks(struct measure *to, const struct series *series, const struct shard *shard)
{
    for (uint32_t c = 0; c < shard->set->check_count; c++)
        if (series->checks[c]) {
            to->passes += shard->checks[c].passes;
            to->count += shard->checks[c].passes + shard->checks[c].fails;
        }
}

static void add_row(struct measure *to, enum metric_id metric, const struct shard_row *row)
{
    const struct snap_requests *requests = &row->requests;
    unsigned phase = (unsigned)(metric - METRIC_ID_HTTP_REQ_BLOCKED);

    switch (metric) {
    case METRIC_ID_HTTP_REQS:
        to->count += requests->total;
        break;
    case METRIC_ID_HTTP_REQ_FAILED:
        to->count += requests->total - requests->interrupted;
        to->passes += requests->failed_status + requests->errors_all;
        break;
    case METRIC_ID_DATA_SENT:
        to->count += requests->bytes_sent;
        break;
    case METRIC_ID_DATA_RECEIVED:
        to->count += requests->bytes_received;
        break;
    case METRIC_ID_HTTP_REQ_DURATION:
        hist_merge(&to->trend, &row->duration);
        break;
    case METRIC_ID_HTTP_REQ_RESPONSE_TIME:
        hist_merge(&to->trend, &row->response);
        break;
    default: /* the phases stand in the order of enum phase */
        hist_merge(&to->trend, &row->phases[phase]);
        to->count += shard_row_zeros(row, phase);
    }
}

static void add_scenario(struct measure *to, enum metric_id metric, const struct shard_scenario *from)
{
    switch (metric) {
    case METRIC_ID_ITERATIONS:
        to->count += from->iterations.completed;
        break;
    case METRIC_ID_DROPPED_ITERATIONS:
        to->count += from->iterations.dropped;
        break;
    case METRIC_ID_ITERATION_DURATION:
        hist_merge(&to->trend, &from->duration);
        break;
    case METRIC_ID_ITERATION_RESPONSE_TIME:
        hist_merge(&to->trend, &from->response);
        break;
    case METRIC_ID_SCHEDULE_LAG:
        hist_merge(&to->trend, &from->lag);
        break;
    default: /* metrics of requests, gauges, checks */
        break;
    }
}

void measure_add_shard(struct measure *to, const struct shard *shard, size_t index)
{
    const struct series *series = &shard->set->series[index];

    if (series->custom != 0) {
        add_custom(to, &shard->customs[series->custom - 1]);
        return;
    }
    if (series->checks != NULL)
        add_checks(to, series, shard);
    for (size_t g = 0; series->groups != NULL && g < shard->plan->scenario_count * shard->plan->group_count; g++)
        if (series->groups[g])
            hist_merge(&to->trend, &shard->groups[g]);
    if (series->by_sample) {
        const struct shard_series *own = &shard->series[index];

        hist_merge(&to->trend, &own->trend);
        to->count += own->count;
        to->passes += own->passes;
        return;
    }
    for (uint32_t r = 0; r < shard->set->row_count; r++)
        if (series->rows[r] && shard->rows[r].requests.total > 0)
            add_row(to, series->metric, &shard->rows[r]);
    for (size_t s = 0; s < shard->plan->scenario_count; s++)
        if (series->scenarios[s])
            add_scenario(to, series->metric, &shard->scenarios[s]);
}
