/* The load curve of one scenario as a row of lines: its stages, times chaos, times what people changed. The same on every worker,
 * on the control thread and in a forecast. Knows no VU and no real clock. One owner.
 *
 * It is walked line by line. What lies before the line is an area (schedule.h); a change may go back to any instant that is
 * not before the last one that was kept with curve_keep(). */
#ifndef ONAGER_CURVE_H
#define ONAGER_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/plan.h"
#include "onager/steering.h"
#include "schedule.h"
#include "shape.h"

/* Where the walk is. */
struct curve_place {
    struct line line;  /* from at_ns on; length 0 when the curve has ended */
    uint64_t at_ns;    /* since the start of the scenario, on the plan clock */
    struct area area;  /* before at_ns */
    size_t next_stage; /* first whose arrivals at once are still to come */
    bool is_ended;
};

struct curve_change {
    uint64_t at_ns;
    struct steering steering;
};

struct curve {
    const struct plan_scenario *scenario;
    struct shape *shape; /* NULL: no chaos */
    struct curve_place here, kept;
    struct curve_change *changes; /* ascending; the first holds from 0 on */
    size_t change_count;
};

/* Borrows the plan. start_wall_ns: CLOCK_REALTIME of the scenario's first instant, for hours of the day. */
void curve_init(struct curve *curve, const struct plan *plan, size_t scenario, uint64_t start_wall_ns);
void curve_release(struct curve *curve);

/* On to the next line. false: the curve has ended. */
bool curve_next(struct curve *curve);
/* On, or back, to the line that at_ns lies in. false: the curve has ended by then. */
bool curve_seek(struct curve *curve, uint64_t at_ns);
/* Nothing will be changed before the line it is on now. */
static inline void curve_keep(struct curve *curve)
{
    if (curve->kept.at_ns != curve->here.at_ns || curve->kept.line.length_ns != curve->here.line.length_ns)
        curve->kept = curve->here;
}

/* From at_ns on the scenario departs as `steering` says; goes back to where it was kept. */
void curve_steer(struct curve *curve, const struct steering *steering, uint64_t at_ns);
/* A pause of paused_ns at that instant is over: hours of the day went on. */
void curve_was_paused(struct curve *curve, uint64_t at_ns, uint64_t paused_ns);
/* When it ends as things are; UINT64_MAX: never. */
uint64_t curve_end(const struct curve *curve);

#endif
