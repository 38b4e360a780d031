/* Journeys: iterations that are more than one constant request. A VU that goes on one has a struct journey; what a worker's journeys
 * share is its struct journey_crew. Worker thread only. The interpreter is flow.c, its requests are flow_request.c. */
#ifndef ONAGER_FLOW_H
#define ONAGER_FLOW_H

#include "answer.h"
#include "compose.h"
#include "http_client.h"
#include "wheel.h"

struct vu;
struct crew;
struct journey;

/* One request of a flow. */
struct journey_use {
    const struct net_request *request; /* of the plan */
    const struct plan_request *plan;
    uint32_t row, group;
    bool varies;                               /* its bytes are composed for every exchange */
    bool needs_body, needs_fields, needs_size; /* of the answer */
    bool looks;                                /* there are extracts, checks or measures */
};

/* An entry of a scenario's mix as a flow; one that is a request alone becomes a flow of one step. Immutable. */
struct journey_entry {
    const struct plan_flow *flow;
    struct journey_use *uses; /* flow.use_count */
    bool keeps_answer;        /* a test of the flow looks at the last answer */
    uint32_t *unique;         /* data sets without which the iteration does not take place */
    size_t unique_count;
    struct plan_flow own_flow; /* of a request alone */
};

/* A request that is under way, with all that it needs; from a pool, as most VUs think most of the time. */
struct kit {
    struct operation operation; /* first: its callbacks cast back */
    struct journey *journey;
    const struct journey_use *use;
    struct body_keep keep;
    struct composed composed;
    char complaint[96];
    struct kit *next, **back;
};

/* Called for every exchange that ended, as --http-debug wants it; NULL: nobody listens. */
struct journey_listener {
    void (*on_exchange)(struct journey_listener *listener, const struct kit *kit, unsigned end);
    /* Of the last exchange: a value that was taken, NULL: there is none; a check. */
    void (*on_value)(struct journey_listener *listener, const char *name, const struct buf *value);
    void (*on_check)(struct journey_listener *listener, const struct plan_check *check, bool passes);
};

struct journey_crew {
    struct crew *crew;
    struct journey_shared *shared;
    struct renderer renderer;
    struct looker looker;
    struct kit *pool;
    struct wheel wheel; /* of thinks */
    bool has_wheel, is_paused;
    struct journey *held, **held_end;  /* stopped before their next step by a pause, oldest first */
    struct journey_listener *listener; /* borrowed; NULL: nobody */
};

struct journey {
    struct vu *vu;
    struct journey_crew *crew;
    const struct journey_entry *entry;
    struct values values;
    uint32_t *counters;
    uint64_t *group_began_ns;
    uint32_t step, depth;
    uint32_t under_way; /* requests */
    struct kit *flight; /* those */
    struct kit *last;   /* of the last answer, where the flow asks for it */
    struct answer answer;
    struct wheel_entry timer;
    bool is_waiting, is_held, is_failed, is_ending, is_over;
    bool did_wait;                   /* in this iteration: it was not all over at once */
    uint64_t held_ns, batch_held_ns; /* because of pauses: in this iteration, and of what is under way */
    uint64_t held_since_ns;
    struct journey *held_next, **held_back;
};

/* Does this entry of a mix need a journey at all? Otherwise the VU sends its constant request itself. */
bool journey_is_needed(const struct plan *plan, const struct plan_mix *mix);

/* flow_entry.c: entry `index` of a scenario's mix. Borrows plan and requests. */
void journey_entry_init(
    struct journey_entry *entry, const struct plan *plan, size_t scenario, size_t index, const struct net_request *requests);
void journey_entry_release(struct journey_entry *entry);

/* Borrows all. attach: once the worker has its loop. */
void journey_crew_init(struct journey_crew *journeys, struct crew *crew, struct journey_shared *shared);
void journey_crew_attach(struct journey_crew *journeys, struct ev_loop *loop, uint64_t now_ns);
void journey_crew_release(struct journey_crew *journeys); /* every journey freed before */
/* From here on no journey takes another step. / They go on. */
void journey_crew_pause(struct journey_crew *journeys);
void journey_crew_resume(struct journey_crew *journeys, uint64_t now_ns);

struct journey *journey_new(struct journey_crew *journeys, struct vu *vu, const char *scenario, uint32_t counters, uint32_t depth);
void journey_free(struct journey *journey); /* NULL is fine; not under way */

/* Takes the rows without which it cannot begin. false: a data set is used up. */
bool journey_prepare(struct journey *journey, const struct journey_entry *entry);
/* After journey_prepare(). Ends by vu_journey_done(), never from inside. */
void journey_begin(struct journey *journey, uint64_t now_ns);
/* Interrupts it, wherever it is; its exchanges are recorded. */
void journey_cut(struct journey *journey, uint64_t now_ns);

/* ---- between flow.c and flow_request.c ---- */

/* Goes on from its step until it has to wait. */
void flow_run(struct journey *journey, uint64_t now_ns);
/* Starts a request; false: it could not be sent, and the iteration is to end. */
bool flow_send(struct journey *journey, const struct journey_use *use, uint64_t now_ns);
/* All that was under way is done. */
void flow_answered(struct journey *journey, uint64_t now_ns);
void flow_cancel(struct journey *journey, uint64_t now_ns); /* what is under way */
void flow_forget_answer(struct journey *journey);
void kit_free_all(struct journey_crew *journeys);

/* ---- vu.c ---- */

void vu_journey_done(struct vu *vu, uint64_t now_ns, uint64_t held_ns, bool failed);
enum outcome;
void vu_record_exchange(struct vu *vu, const struct operation *operation, uint32_t row, enum outcome outcome, unsigned end);
void vu_in_flight(struct vu *vu, int change);

#endif
