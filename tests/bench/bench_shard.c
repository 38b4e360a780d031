/* bench_shard COUNT open|closed|fresh: records so many good answers in a shard, for counting instructions under callgrind.
 * closed: on a connection that was there; open: with a response time besides; fresh: with phases of a new connection. */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "shard.h"

static char name[] = "a", get[] = "GET", url[] = "http://h/";

int main(int count, char **words)
{
    struct plan_request request = { .name = name, .method = get, .url = url };
    struct plan_mix mix = { 0, 1 };
    struct plan_scenario scenario = { .name = name, .mix = &mix, .mix_count = 1 };
    struct plan plan = { .name = name, .requests = &request, .request_count = 1, .scenarios = &scenario, .scenario_count = 1 };
    struct sample sample = { .outcome = OUTCOME_OK, .status = 200, .is_sent = true, .bytes_sent = 100, .bytes_received = 1000 };
    struct shard *shard = shard_new(&plan);
    uint64_t samples;

    INVARIANT(count == 3);
    samples = strtoull(words[1], NULL, 10);
    sample.response_ns = SNAP_NONE;
    sample.phases[PHASE_SENDING] = 20000;
    if (strcmp(words[2], "fresh") == 0)
        sample.phases[PHASE_CONNECTING] = 40000;
    for (uint64_t i = 0; i < samples; i++) {
        sample.duration_ns = 1000000 + i * 7919 % 3000000;
        sample.phases[PHASE_RECEIVING] = 30000 + i % 5000;
        sample.phases[PHASE_WAITING] = sample.duration_ns - 20000 - sample.phases[PHASE_RECEIVING];
        if (strcmp(words[2], "open") == 0)
            sample.response_ns = sample.duration_ns + 50000;
        shard_record_request(shard, &sample);
    }
    shard_free(shard);
    return 0;
}
