/* How many VUs would have been enough: beside those that are busy it counts arrivals that found none, each for as long as the
 * iterations take that end meanwhile. Costs nothing while every arrival finds a VU. Worker thread. */
#ifndef ONAGER_MISSING_H
#define ONAGER_MISSING_H

#include <stddef.h>
#include <stdint.h>

/* Arrivals of one millisecond are one entry; beyond so many entries they join the last one. */
#define MISSING_GRAIN_NS UINT64_C(1000000)
#define MISSING_ENTRIES 16384

struct missing {
    struct missing_entry {
        uint64_t since_ns; /* plan time */
        uint64_t count;
    } * entries;
    size_t head, used;          /* ring */
    uint64_t count;             /* of all entries */
    uint64_t peak;              /* the most that were busy or missing at once */
    uint64_t ended_ns, took_ns; /* the last iteration that ended while some were missing */
};

void missing_release(struct missing *missing);
/* An arrival found no VU while `busy` were. */
void missing_add(struct missing *missing, uint64_t plan_ns, uint64_t busy);
/* An iteration of took_ns ended: what has been missing for longer would have ended too. */
void missing_end(struct missing *missing, uint64_t plan_ns, uint64_t took_ns);

#endif
