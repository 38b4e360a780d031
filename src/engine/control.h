/* The control thread: takes commands, drives the current run through its life, publishes snapshots. */
#ifndef ONAGER_CONTROL_H
#define ONAGER_CONTROL_H

#include <ev.h>
#include <pthread.h>
#include <stdatomic.h>

#include "client.h"
#include "journeys.h"
#include "run.h"
#include "safety.h"
#include "stage.h"

struct engine {
    const struct plan *plan; /* borrowed */
    struct origin *origins;  /* all hosts of the plan, resolved */
    struct resolver *resolver;
    struct source_list *sources; /* NULL: the kernel chooses */
    size_t origin_count;
    struct net_address *behind_proxy; /* per origin: the number that a proxy is given; AF_UNSPEC where it is a name */
    struct net_request *requests;     /* one per plan request */
    struct journeys journeys;         /* secrets, data, requests that are built once */
    struct run_means means;           /* all of that */
    struct body_file **files;         /* of those whose body is one; the first request with a file owns it */
    pthread_t thread;
    bool is_running; /* the control thread exists */
    struct ev_loop *loop;
    ev_async wake;
    ev_timer tick;
    /* Clients that were made since the control thread last looked: a stack, pushed by any thread (release), taken whole by
     * the control thread (acquire). */
    _Atomic(struct client *) arrivals;
    atomic_bool is_quitting; /* relaxed flag, followed by a wake-up */
    /* control thread's own from here */
    struct client *clients;
    struct run *run, *older;
    struct safety safety; /* of run */
    struct slot *free_slots;
    uint64_t sequence, last_publish_ns;
    uint64_t effect_ns; /* CLOCK_MONOTONIC: a command takes effect then, and is to be seen soon after; 0: none */
    uint32_t run_number;
    struct stage *stage;     /* NULL, or setup or teardown of `run` goes on */
    struct client *rerun_by; /* a re-run was asked for */
};

#define CONTROL_EFFECTIVE_NS (5 * NS_PER_MS) /* a command's instant is this far ahead, so that every worker hears of it before */
#define CONTROL_START_NS (10 * NS_PER_MS)

/* Starts the run, or first its setup. */
void control_begin(struct engine *engine);
/* obey.c: carries a command of a client out, or says with a warning why not. */
void control_obey(struct engine *engine, struct client *client, const struct command *command);
/* An annotation of the current run; at_ns CLOCK_MONOTONIC. */
void control_note(struct engine *engine, const char *by, enum event_kind kind, uint64_t at_ns, const char *text);

/* Makes the wake-up ready, so that ev_async_send() is safe from now on. */
void control_prepare(struct engine *engine);
/* Runs the control thread until is_quitting. */
void *control_main(void *engine);
/* After the thread has ended (or never was): frees runs, slots and clients. */
void control_release(struct engine *engine);

#endif
