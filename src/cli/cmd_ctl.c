/* `onager ctl`: asks a run that goes on in another process, or tells it what to do. Main thread. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "json_write.h"
#include "local_path.h"
#include "own_options.h"
#include "say.h"

#define RUNS 64
#define REPLY_MAX (64 << 20)

struct ctl {
    const char *which; /* id or pid of a run; NULL: the only one */
    bool waits, is_json;
    struct buf line; /* what is to be done */
};

static int usage(struct error *err, const char *word)
{
    return error_set(
        err, EXIT_USAGE,
        "%s\nonager ctl [--run ID|PID] status [-w] | stats | pause | resume | rate N | vus N | spike [X] [D] | next | stop ...", word);
}

static int read_words(struct ctl *ctl, int argc, char **argv, const struct own_options *own, struct error *err)
{
    ctl->which = own_option_value(own, OWN_CTL_RUN);
    ctl->waits = own_option_value(own, OWN_CTL_WATCH) != NULL;
    ctl->is_json = own_option_value(own, OWN_CTL_JSON) != NULL;
    for (int i = 1; i < argc; i++) {
        bool is_quoted = ctl->line.length > 0 && strchr(argv[i], ' ') != NULL; /* a word with blanks stays one */

        if (strcmp(argv[i], "-w") == 0)
            ctl->waits = true;
        else if (argv[i][0] == '-' && ctl->line.length == 0 && strcmp(argv[i], "--") != 0)
            return error_set(err, EXIT_USAGE, "onager ctl has no option %.40s: --run, -w and --json are all", argv[i]);
        else if (strcmp(argv[i], "--") != 0)
            buf_addf(&ctl->line, "%s%s%s%s", ctl->line.length > 0 ? " " : "", is_quoted ? "\"" : "", argv[i], is_quoted ? "\"" : "");
    }
    if (ctl->line.length > LOCAL_LINE_MAX - 100)
        return usage(err, "that is too long for a command");
    return 0;
}

/* ---- which run ---- */

static void list_runs(struct buf *out, const struct local_run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_addf(out, "%s%-8ld %-28s %-9s %s", i > 0 ? "\n" : "", runs[i].pid, runs[i].run, runs[i].state, runs[i].plan);
}

static bool is_meant(const struct local_run *run, const char *which)
{
    char pid[24];

    snprintf(pid, sizeof pid, "%ld", run->pid);
    return strcmp(pid, which) == 0 || strcmp(run->run, which) == 0 || strcmp(run->plan, which) == 0;
}

/* Its connection, or -1 and *err. */
static int choose(const struct ctl *ctl, const struct local_run *runs, size_t count, struct error *err)
{
    struct buf list;
    int fd = -1;

    if (ctl->which == NULL && count == 1)
        return runs[0].fd;
    for (size_t i = 0; ctl->which != NULL && i < count && fd < 0; i++)
        if (is_meant(&runs[i], ctl->which))
            fd = runs[i].fd;
    if (fd >= 0)
        return fd;
    buf_init(&list);
    list_runs(&list, runs, count);
    if (count == 0)
        error_set(err, EXIT_USAGE, "no run of yours goes on here");
    else if (ctl->which != NULL)
        error_set(err, EXIT_USAGE, "there is no run \"%.60s\" among\n%s", ctl->which, list.data);
    else
        error_set(err, EXIT_USAGE, "there are several runs; --run PID says which\n%s", list.data);
    buf_release(&list);
    return -1;
}

/* ---- asking ---- */

static void request_text(struct buf *out, const struct ctl *ctl)
{
    const char *line = ctl->line.data;
    bool is_status = strcmp(line, "status") == 0;
    struct json json;

    json_write_init(&json, out, 0);
    json_write_object(&json);
    json_write_key(&json, "do");
    json_write_string(&json, is_status && ctl->waits ? "watch" : is_status ? "status" : strcmp(line, "stats") == 0 ? "stats" : "command");
    json_write_key(&json, "line");
    json_write_string(&json, line);
    json_write_object_end(&json);
    buf_add_char(out, '\n');
}

static bool send_all(int fd, const struct buf *text)
{
    size_t done = 0;

    while (done < text->length) {
        ssize_t n = send(fd, text->data + done, text->length - done, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The next line; false at the end. */
static bool read_line(FILE *stream, struct buf *line)
{
    int byte;

    buf_clear(line);
    while (line->length < REPLY_MAX && (byte = getc(stream)) != EOF) {
        if (byte == '\n')
            return true;
        buf_add_char(line, (char)byte);
    }
    return false;
}

/* Prints an answer; the exit code. */
static int print(const struct ctl *ctl, const char *line, size_t length)
{
    json_t *answer = json_loadb(line, length, 0, NULL);
    json_t *ok = json_object_get(answer, "ok");
    const char *text = json_string_value(json_object_get(answer, "text"));
    bool is_good = ok == NULL || json_is_true(ok);

    if (ctl->is_json || text == NULL)
        printf("%s\n", line);
    else if (is_good)
        printf("%s\n", text);
    else
        say(text);
    fflush(stdout);
    json_decref(answer);
    return is_good ? EXIT_PASSED : EXIT_FAILED;
}

static int ask(const struct ctl *ctl, int fd)
{
    bool is_watch = ctl->waits && strcmp(ctl->line.data, "status") == 0, has_any = false;
    FILE *stream = fdopen(dup(fd), "r");
    struct buf request, line;
    int code = EXIT_FAILED;

    buf_init(&request);
    buf_init(&line);
    request_text(&request, ctl);
    if (stream != NULL && send_all(fd, &request))
        while (read_line(stream, &line)) {
            code = print(ctl, line.data, line.length);
            has_any = true;
            if (!is_watch)
                break;
        }
    if (!has_any)
        say("the run ended before it answered");
    if (stream != NULL)
        fclose(stream);
    buf_release(&request);
    buf_release(&line);
    return code;
}

/* Nothing but `ctl`: what there is. */
static void print_runs(const struct local_run *runs, size_t count)
{
    struct buf list;

    buf_init(&list);
    list_runs(&list, runs, count);
    if (count > 0)
        puts(list.data);
    else
        say("no run of yours goes on here");
    buf_release(&list);
}

static int control(const struct ctl *ctl, struct error *err)
{
    static struct local_run runs[RUNS];
    size_t count = local_find(runs, RUNS);
    int fd = -1, code = EXIT_PASSED;

    if (ctl->line.length == 0 && ctl->which == NULL)
        print_runs(runs, count);
    else if (ctl->line.length == 0)
        usage(err, "what is it to do?");
    else if ((fd = choose(ctl, runs, count, err)) >= 0)
        code = ask(ctl, fd);
    for (size_t i = 0; i < count; i++)
        close(runs[i].fd);
    return code;
}

int cmd_ctl(int argc, char **argv)
{
    struct ctl ctl = { .which = NULL };
    struct error err = { 0 };
    struct own_options own;
    int code = EXIT_PASSED;

    buf_init(&ctl.line);
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        struct buf text;

        buf_init(&text);
        help_command_text(&text, cli_command_find("ctl"));
        fputs(text.data, stdout);
        buf_release(&text);
        buf_release(&ctl.line);
        return EXIT_PASSED;
    }
    if (own_options_take(&own, &argc, argv, &err) == 0 && read_words(&ctl, argc, argv, &own, &err) == 0)
        code = control(&ctl, &err);
    if (err.exit_code != 0) {
        say_error(&err, false);
        code = err.exit_code;
    }
    own_options_release(&own);
    buf_release(&ctl.line);
    return code;
}
