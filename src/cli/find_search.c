/* The states of the search. */
#include "find_search.h"

#include "mem.h"

#define CONFIRMS 3
#define BISECTS 4
/* A minimum that is this much slower than at the begin is another server. */
#define WORSE_TIMES 3
#define WORSE_NS UINT64_C(2000000)

const char *find_phase_name(enum find_phase phase)
{
    static const char *const names[] = { "bracket", "bisect", "confirm", "baseline" };

    return names[phase];
}

void find_init(struct find *find, const struct find_plan *plan)
{
    INVARIANT(plan->min > 0 && plan->min <= plan->max);
    *find = (struct find){ .plan = *plan, .rate = plan->min };
}

bool find_next(const struct find *find, struct find_ask *ask)
{
    if (find->outcome != FIND_GOES_ON)
        return false;
    ask->phase = find->phase;
    ask->rate = find->rate;
    ask->duration_ns = find->phase == FIND_CONFIRM ? find->plan.hold_ns : find->plan.step_ns;
    return true;
}

/* The smallest step that the precision knows at a rate. */
static uint64_t grain(const struct find *find, uint64_t rate)
{
    uint64_t step = (uint64_t)((unsigned __int128)rate * find->plan.precision_ppm / 1000000);

    return step > 0 ? step : 1;
}

static void try(struct find *find, enum find_phase phase, uint64_t rate)
{
    find->phase = phase;
    find->rate = rate;
}

static void end(struct find *find, enum find_outcome outcome, uint64_t sustained)
{
    find->outcome = outcome;
    find->sustained = sustained;
}

static void bisect(struct find *find)
{
    if (find->high - find->low <= grain(find, find->low))
        try(find, FIND_CONFIRM, find->low);
    else
        try(find, FIND_BISECT, find->low + (find->high - find->low) / 2);
}

static void passed(struct find *find, uint64_t p99_ns)
{
    switch (find->phase) {
    case FIND_BRACKET:
        if (find->low == 0)
            find->first_p99_ns = p99_ns;
        find->low = find->rate;
        if (find->rate == find->plan.max)
            try(find, FIND_CONFIRM, find->rate);
        else
            find->rate = find->rate > find->plan.max / 2 ? find->plan.max : find->rate * 2;
        break;
    case FIND_BISECT:
        find->low = find->rate;
        find->bisects_failed = 0;
        bisect(find);
        break;
    case FIND_CONFIRM:
        end(find, find->high == 0 ? FIND_MAX_SUSTAINED : FIND_SUSTAINED, find->rate);
        break;
    case FIND_BASELINE:
        if (p99_ns > find->first_p99_ns * WORSE_TIMES && p99_ns - find->first_p99_ns > WORSE_NS) {
            end(find, FIND_DEGRADES, 0);
        } else if (find->is_bisecting) {
            find->is_bisecting = false;
            bisect(find);
        } else if (find->is_second_round) {
            end(find, FIND_UNSTABLE, 0);
        } else { /* what passed was luck: once more, below what failed */
            find->is_second_round = true;
            find->confirms_failed = 0;
            find->low = find->plan.min;
            bisect(find);
        }
        break;
    }
}

static void failed(struct find *find, bool is_generators)
{
    if (!is_generators && (find->breaking == 0 || find->rate < find->breaking) && find->phase != FIND_BASELINE)
        find->breaking = find->rate;
    switch (find->phase) {
    case FIND_BRACKET:
        if (find->low == 0) {
            end(find, is_generators ? FIND_GENERATOR : FIND_BELOW_MINIMUM, 0);
            return;
        }
        break;
    case FIND_BISECT:
        find->bisects_failed++;
        break;
    case FIND_CONFIRM:
        find->high = find->rate;
        find->is_high_generators = is_generators;
        if (++find->confirms_failed == CONFIRMS || find->rate == find->plan.min) {
            try(find, FIND_BASELINE, find->plan.min);
        } else {
            uint64_t step = grain(find, find->rate);

            find->low = find->rate - find->plan.min > step ? find->rate - step : find->plan.min;
            try(find, FIND_CONFIRM, find->low);
        }
        return;
    case FIND_BASELINE:
        end(find, is_generators ? FIND_GENERATOR : FIND_DEGRADES, 0);
        return;
    }
    find->high = find->rate;
    find->is_high_generators = is_generators;
    if (find->bisects_failed == BISECTS) {
        find->bisects_failed = 0;
        find->is_bisecting = true;
        try(find, FIND_BASELINE, find->plan.min);
    } else {
        bisect(find);
    }
}

void find_tell(struct find *find, enum find_result result, uint64_t p99_ns)
{
    if (result == FIND_STOPPED) {
        end(find, FIND_ENDED, 0);
        return;
    }
    if (result == FIND_NOT_VALID && !find->is_repeated) {
        find->is_repeated = true;
        return;
    }
    find->is_repeated = false;
    if (result == FIND_PASSED)
        passed(find, p99_ns);
    else
        failed(find, result == FIND_NOT_VALID);
}

uint64_t find_knee(const struct find_point *points, size_t count)
{
    const struct find_point *lowest = points;
    uint64_t knee = 0, beyond = UINT64_MAX;

    if (points == NULL || count == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (points[i].rate < lowest->rate)
            lowest = &points[i];
    for (size_t i = 0; i < count; i++)
        if (points[i].p99_ns > 2 * lowest->p99_ns && points[i].rate < beyond)
            beyond = points[i].rate;
    for (size_t i = 0; i < count; i++)
        if (points[i].rate < beyond && points[i].rate > knee)
            knee = points[i].rate;
    return knee;
}
