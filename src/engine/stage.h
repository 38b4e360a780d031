/* [setup] and [teardown]: a flow that one VU goes once, before and after everything else. Each is a small run of its own, with its
 * own books, which are not those of the run that it belongs to. Control thread. */
#ifndef ONAGER_STAGE_H
#define ONAGER_STAGE_H

#include "journeys.h"
#include "run.h"

enum stage_kind { STAGE_SETUP, STAGE_TEARDOWN };

struct stage;

/* The plan asks for it. */
bool stage_is_wanted(const struct plan *plan, enum stage_kind kind);
/* Starts it now. NULL and *err. Borrows all of means. */
struct stage *stage_new(
    enum stage_kind kind, const struct run_means *means, struct ev_loop *control_loop, ev_async *control_wake, struct error *err);
void stage_free(struct stage *stage); /* NULL is fine; kills what still goes */
enum stage_kind stage_kind(const struct stage *stage);
void stage_kill(struct stage *stage, uint64_t now_ns);
/* Takes in what happened. True: it is over. */
bool stage_turn(struct stage *stage, uint64_t now_ns);
/* After its end: whether it went well, and one line about it: "setup: 3 requests, 0.12 s", or what went wrong. */
bool stage_result(struct stage *stage, char *text, size_t size);

#endif
