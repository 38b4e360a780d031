/* Takes the numbers of a series out of a shard: of its rows, of its scenarios, or what the shard recorded sample by sample.
 * Control thread. */
#include "measure.h"

void measure_init(struct measure *measure, unsigned bits, struct hist_pool *pool)
{
    hist_init(&measure->trend, bits, pool);
    measure->count = measure->passes = 0;
}

void measure_clear(struct measure *measure)
{
    hist_clear(&measure->trend);
    measure->count = measure->passes = 0;
}

void measure_release(struct measure *measure)
{
    hist_release(&measure->trend);
}

void measure_add(struct measure *to, const struct measure *from)
{
    hist_merge(&to->trend, &from->trend);
    to->count += from->count;
    to->passes += from->passes;
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
