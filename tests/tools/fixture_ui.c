/* fixture_ui [running|degraded|finished|ready] [frames|0] [--theme T] [--glyphs G] [--color C]: the dashboard over the
 * Checkout plan without an engine. With "play" a run of 134 s passes at ten times its speed. The onager_client_* functions
 * here stand in for the engine's: commands change the state of the fixture at once. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "snapshot_fixture.h"

#define PLAY_SPEED 10
#define FRAME_NS (250 * NS_PER_MS)

struct client {
    struct fixture *fixture;
    struct history *history;
    struct snapshot frames[4]; /* in turn: the dashboard holds at most two */
    unsigned next;
    uint64_t begun_ns, sent_ns;
    bool plays;
    int fd;
};

static struct ui_signals signals;

static uint64_t now_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

bool onager_client_wait(struct client *client, int timeout_ms)
{
    return now_ns(CLOCK_MONOTONIC) >= client->sent_ns + FRAME_NS;
}

int onager_client_fd(const struct client *client)
{
    return client->fd;
}

const struct snapshot *onager_client_latest(struct client *client)
{
    struct snapshot *frame = &client->frames[client->next++ % 4], *s = &client->fixture->snapshot;
    uint64_t now = now_ns(CLOCK_MONOTONIC), at = (now - client->begun_ns) * PLAY_SPEED;

    client->sent_ns = now;
    s->sequence++;
    if (s->state == RUN_STOPPING && now > client->begun_ns + 3 * NS_PER_S) {
        s->state = RUN_STOPPED;
        s->is_final = true;
        s->exit_code = 4;
    }
    *frame = *s;
    if (client->plays && s->state == RUN_RUNNING && at < s->at_ns) {
        frame->at_ns = frame->plan_ns = at;
        fixture_history_limit(client->history, at / NS_PER_S);
    } else {
        fixture_history_limit(client->history, SIZE_MAX);
    }
    return frame;
}

const struct snapshot *onager_client_next(struct client *client)
{
    return onager_client_latest(client);
}

void onager_client_release(struct client *client, const struct snapshot *snapshot)
{
}

uint64_t onager_client_skipped(const struct client *client)
{
    return 0;
}

bool onager_client_send(struct client *client, const struct command *command)
{
    struct snapshot *s = &client->fixture->snapshot;
    struct snap_event *event = &client->fixture->events[3];

    if (command->kind == COMMAND_PAUSE) {
        s->state = RUN_PAUSED;
        s->paused_since_ns = s->at_ns > 12 * NS_PER_S ? s->at_ns - 12 * NS_PER_S : 0;
        s->in_flight = 0;
    } else if (command->kind == COMMAND_RESUME || command->kind == COMMAND_START || command->kind == COMMAND_RERUN) {
        s->state = RUN_RUNNING;
        s->is_final = false;
        s->run_number += command->kind == COMMAND_RERUN;
        client->begun_ns = now_ns(CLOCK_MONOTONIC);
    } else if (command->kind == COMMAND_STOP) {
        s->state = RUN_STOPPING;
        s->stop_deadline_ns = s->at_ns + 30 * NS_PER_S;
        client->begun_ns = now_ns(CLOCK_MONOTONIC);
    } else if (command->kind == COMMAND_KILL) {
        s->state = RUN_STOPPED;
        s->is_final = true;
        s->exit_code = 4;
    } else if (command->kind == COMMAND_MARKER) {
        *event = (struct snap_event){ .at_ns = s->at_ns, .wall_ns = now_ns(CLOCK_REALTIME), .kind = EVENT_MARKER, .by = "sre" };
        snprintf(event->text, sizeof event->text, "%s", command->text);
    }
    client->sent_ns = 0;
    return true;
}

static void on_signal(int number)
{
    ui_signals_add(
        &signals, number == SIGINT    ? UI_SIGNAL_INT
                  : number == SIGTERM ? UI_SIGNAL_TERM
                  : number == SIGHUP  ? UI_SIGNAL_HUP
                                      : UI_SIGNAL_CONT);
}

int main(int argc, char **argv)
{
    static const char *const scenes[] = { "running", "degraded", "finished", "ready" };
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGCONT };
    struct ui_options options = { 0 };
    struct client client = { .fd = eventfd(0, EFD_CLOEXEC) };
    struct sigaction action = { .sa_handler = on_signal };
    struct error err = { 0 };
    int scene = 0, result;

    for (int i = 1; i < argc; i++) {
        for (int s = 0; s < 4; s++)
            scene = strcmp(argv[i], scenes[s]) == 0 ? s : scene;
        client.plays |= strcmp(argv[i], "play") == 0;
        options.exit_at_end |= strcmp(argv[i], "--exit") == 0;
        if (i + 1 < argc && strcmp(argv[i], "--theme") == 0)
            options.theme = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--glyphs") == 0)
            options.glyphs = argv[++i];
        else if (i + 1 < argc && strcmp(argv[i], "--color") == 0)
            options.color = argv[++i];
    }
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
    client.fixture = fixture_new((enum fixture_scene)scene);
    memcpy(&client.history, &client.fixture->snapshot.history, sizeof client.history);
    client.begun_ns = now_ns(CLOCK_MONOTONIC);
    result = ui_run(&client, &options, &signals, &err);
    fprintf(stderr, "ui_run returned %d%s%s\n", result, result < 0 ? ": " : "", err.text);
    fixture_free(client.fixture);
    close(client.fd);
    return result < 0 ? 1 : 0;
}
