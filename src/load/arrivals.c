/* Thresholds of arrivals, and where the curve passes them. */
#include "arrivals.h"

#define POISSON_STREAM UINT64_C(0x706f6973736f6e) /* apart from those of VUs */

/* Runs of descending words: u1 > u2 > ... > un, n odd, happens with probability e^-u1; each even run is one more whole. */
uint64_t arrivals_draw_gap(struct random *random, uint64_t *whole)
{
    for (*whole = 0;; (*whole)++) {
        uint64_t first = random_next(random), last = first, length = 1;

        for (;;) {
            uint64_t word = random_next(random);

            if (word >= last)
                break;
            last = word;
            length++;
        }
        if (length % 2 == 1)
            return first;
    }
}

static void draw_threshold(struct arrivals *arrivals, uint64_t index)
{
    while (arrivals->drawn <= index) {
        uint64_t whole, fraction = arrivals_draw_gap(&arrivals->random, &whole);

        arrivals->whole += whole + __builtin_add_overflow(arrivals->fraction, fraction, &arrivals->fraction);
        arrivals->drawn++;
    }
}

/* Where the threshold is passed. */
static void find(struct arrivals *arrivals)
{
    struct curve *curve = &arrivals->curve;

    while (!curve->here.is_ended) {
        const struct curve_place *here = &curve->here;
        uint64_t x_ns = line_find(&here->line, &here->area, arrivals->whole, arrivals->fraction);

        if (x_ns < here->line.length_ns) {
            arrivals->next_ns = here->at_ns + x_ns;
            return;
        }
        curve_next(curve);
    }
    arrivals->next_ns = UINT64_MAX;
}

/* The threshold of the own arrival. */
static void look_ahead(struct arrivals *arrivals)
{
    const struct plan_scenario *scenario = arrivals->curve.scenario;
    uint64_t index = segment_nth(&arrivals->segment, arrivals->own);

    if (index == UINT64_MAX || arrivals->curve.here.is_ended) {
        arrivals->next_ns = UINT64_MAX;
        return;
    }
    if (scenario->arrivals == ARRIVALS_POISSON)
        draw_threshold(arrivals, index);
    else
        arrivals->whole = scenario->arrivals == ARRIVALS_BURST ? index - index % scenario->burst : index;
    find(arrivals);
}

void arrivals_init(
    struct arrivals *arrivals, const struct plan *plan, size_t scenario, const struct segment *segment, uint64_t start_wall_ns)
{
    *arrivals = (struct arrivals){ .segment = *segment };
    random_init(&arrivals->random, plan->seed, POISSON_STREAM + scenario);
    curve_init(&arrivals->curve, plan, scenario, start_wall_ns);
    look_ahead(arrivals);
}

void arrivals_release(struct arrivals *arrivals)
{
    curve_release(&arrivals->curve);
}

void arrivals_take(struct arrivals *arrivals)
{
    curve_keep(&arrivals->curve);
    arrivals->own++;
    look_ahead(arrivals);
}

void arrivals_jump(struct arrivals *arrivals, uint64_t own)
{
    arrivals->own = own;
    look_ahead(arrivals);
}

void arrivals_steer(struct arrivals *arrivals, const struct steering *steering, uint64_t at_ns)
{
    curve_steer(&arrivals->curve, steering, at_ns);
    find(arrivals);
}

void arrivals_was_paused(struct arrivals *arrivals, uint64_t at_ns, uint64_t paused_ns)
{
    curve_was_paused(&arrivals->curve, at_ns, paused_ns);
    find(arrivals);
}
