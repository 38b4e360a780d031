/* The thread of the lesson. The plan clock of the snapshots is its clock, so a pause and a re-run need no word to it. */
#include "lesson.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "onager/snapshot.h"

#define SLOTS 4
#define WAIT_MS 100

struct lesson {
    struct client *client; /* of the thread */
    struct target *target;
    struct story story; /* of the thread */
    pthread_t thread;
    atomic_bool is_ended; /* the one who stops it */
};

static void follow(struct lesson *lesson, const struct snapshot *snapshot)
{
    struct command command = { .kind = COMMAND_MARKER };
    const struct story_act *act;

    if (snapshot->is_final) { /* a re-run begins with a healthy target */
        target_set_mode(lesson->target, TARGET_HEALTHY);
        return;
    }
    if (snapshot->state != RUN_RUNNING && snapshot->state != RUN_PAUSED)
        return;
    act = story_turn(&lesson->story, snapshot->run_number, snapshot->plan_ns);
    if (act == NULL)
        return;
    target_set_mode(lesson->target, act->mode);
    snprintf(command.text, sizeof command.text, "%s", act->text);
    onager_client_send(lesson->client, &command);
}

static void *lesson_main(void *argument)
{
    struct lesson *lesson = argument;

    while (!atomic_load(&lesson->is_ended)) {
        const struct snapshot *snapshot;

        onager_client_wait(lesson->client, WAIT_MS);
        while ((snapshot = onager_client_next(lesson->client)) != NULL) {
            follow(lesson, snapshot);
            onager_client_release(lesson->client, snapshot);
        }
    }
    return NULL;
}

struct lesson *lesson_start(struct engine *engine, struct target *target, uint64_t length_ns, struct error *err)
{
    struct lesson *lesson = mem_alloc(sizeof *lesson);
    sigset_t all, before;
    int failed;

    lesson->client = onager_client_new(engine, "demo", SLOTS);
    lesson->target = target;
    lesson->story = (struct story){ .acts = story_lesson, .count = story_lesson_count, .length_ns = length_ns };
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&lesson->thread, NULL, lesson_main, lesson);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed == 0)
        return lesson;
    free(lesson);
    error_set(err, EXIT_USAGE, "the thread of the demo cannot be started: %s", strerror(failed));
    return NULL;
}

void lesson_stop(struct lesson *lesson)
{
    if (lesson == NULL)
        return;
    atomic_store(&lesson->is_ended, true);
    pthread_join(lesson->thread, NULL);
    free(lesson);
}
