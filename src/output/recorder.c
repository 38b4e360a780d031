/* The thread that writes the outputs at the end of each run. */
#include "recorder.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define SLOTS 8
#define WAIT_MS 100

struct recorder {
    struct client *client;   /* of the thread; of the main thread after the join */
    struct outputs *outputs; /* the same */
    struct buf complaints;   /* the same */
    const struct snapshot *final;
    pthread_t thread;
    bool is_joined;
    atomic_uint last_run; /* main thread: the run after which the thread ends; 0: not known yet */
    atomic_bool is_ended; /* main thread: end at once */
};

static void take(struct recorder *recorder, const struct snapshot *snapshot)
{
    bool is_new = recorder->final == NULL || recorder->final->run_number != snapshot->run_number;

    if (!snapshot->is_final || !is_new) { /* a run's final snapshot may be published more than once */
        onager_client_release(recorder->client, snapshot);
        return;
    }
    if (recorder->final != NULL)
        onager_client_release(recorder->client, recorder->final);
    recorder->final = snapshot;
    outputs_write_final(recorder->outputs, snapshot, &recorder->complaints);
}

static bool has_written(const struct recorder *recorder, unsigned run_number)
{
    return run_number != 0 && recorder->final != NULL && recorder->final->run_number >= run_number;
}

static void *recorder_main(void *argument)
{
    struct recorder *recorder = argument;

    while (!atomic_load(&recorder->is_ended) && !has_written(recorder, atomic_load(&recorder->last_run))) {
        const struct snapshot *snapshot;

        onager_client_wait(recorder->client, WAIT_MS);
        while ((snapshot = onager_client_next(recorder->client)) != NULL)
            take(recorder, snapshot);
    }
    return NULL;
}

struct recorder *recorder_start(struct engine *engine, struct outputs *outputs, struct error *err)
{
    struct recorder *recorder = mem_alloc(sizeof *recorder);
    sigset_t all, before;
    int failed;

    recorder->client = onager_client_new(engine, "recorder", SLOTS);
    recorder->outputs = outputs;
    buf_init(&recorder->complaints);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&recorder->thread, NULL, recorder_main, recorder);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed == 0)
        return recorder;
    free(recorder);
    error_set(err, EXIT_USAGE, "the thread of the outputs cannot be started: %s", strerror(failed));
    return NULL;
}

const struct snapshot *recorder_finish(struct recorder *recorder, unsigned run_number, struct buf *complaints)
{
    atomic_store(&recorder->last_run, run_number);
    pthread_join(recorder->thread, NULL);
    recorder->is_joined = true;
    if (recorder->complaints.length > 0)
        buf_add(complaints, recorder->complaints.data, recorder->complaints.length);
    return recorder->final;
}

void recorder_free(struct recorder *recorder)
{
    if (recorder == NULL)
        return;
    atomic_store(&recorder->is_ended, true);
    if (!recorder->is_joined)
        pthread_join(recorder->thread, NULL);
    if (recorder->final != NULL)
        onager_client_release(recorder->client, recorder->final);
    buf_release(&recorder->complaints);
    free(recorder);
}
