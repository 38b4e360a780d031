/* simulate PLAN: the load curve that a run would want. Sends nothing and resolves no name. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "own_options.h"
#include "say.h"
#include "simulate_report.h"

#define COLUMNS_UNKNOWN 80

/* What stands behind the seconds: Z, an offset, or nothing for local time. */
static bool read_zone(const char *zone, struct tm *time, time_t *seconds)
{
    unsigned hours, minutes;
    char *end;

    if (*zone == '\0') {
        time->tm_isdst = -1;
        *seconds = mktime(time);
        return true;
    }
    *seconds = timegm(time);
    if (strcmp(zone, "Z") == 0)
        return true;
    if ((*zone != '+' && *zone != '-') || strlen(zone) != 6 || zone[3] != ':')
        return false;
    hours = (unsigned)strtoul(zone + 1, &end, 10);
    if (end != zone + 3)
        return false;
    minutes = (unsigned)strtoul(zone + 4, &end, 10);
    if (*end != '\0' || hours > 14 || minutes > 59)
        return false;
    *seconds += (*zone == '-' ? 1 : -1) * (time_t)(hours * 3600 + minutes * 60);
    return true;
}

static bool read_start(const struct own_options *own, uint64_t *wall_ns, struct error *err)
{
    const char *text = own_option_value(own, OWN_SIMULATE_START), *rest;
    struct tm time = { 0 };
    time_t seconds;

    *wall_ns = clock_wall_ns();
    if (text == NULL)
        return true;
    rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &time);
    if (rest != NULL && read_zone(rest, &time, &seconds) && seconds >= 0) {
        *wall_ns = (uint64_t)seconds * NS_PER_S;
        return true;
    }
    error_set(err, EXIT_USAGE, "--start wants a time such as 2026-11-21T08:00:00 or 2026-11-21T08:00:00Z, got \"%.60s\"", text);
    return false;
}

static size_t stdout_columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COLUMNS_UNKNOWN;
}

static int print(const struct plan *plan, const struct forecast *forecast, uint64_t wall_ns, size_t format, struct error *err)
{
    struct buf text;
    int failed = 0;

    buf_init(&text);
    if (format == 0)
        simulate_text(&text, plan, forecast, stdout_columns(), say_is_utf8());
    else if (format == 1)
        simulate_csv(&text, forecast);
    else
        simulate_json(&text, plan, forecast, wall_ns);
    if (fwrite(text.data, 1, text.length, stdout) != text.length || fflush(stdout) != 0)
        failed = error_set(err, EXIT_OUTPUT, "cannot write the forecast: %s", strerror(errno));
    buf_release(&text);
    return failed;
}

/* 0, or -1 and *err. */
static int simulate(const struct args *args, const struct own_options *own, struct error *err)
{
    struct plan_request_by_user from = { .overrides = args->overrides, .override_count = args->override_count };
    uint64_t wall_ns, step_ns;
    struct forecast *forecast;
    struct plan *plan;
    size_t format;
    int failed;

    if (args->operand_count != 1)
        return error_set(err, EXIT_USAGE, "simulate wants one plan: onager simulate plan.ini");
    from.target = args->operands[0];
    if (!read_start(own, &wall_ns, err) || !own_option_duration(own, OWN_SIMULATE_STEP, 0, &step_ns, err) ||
        !own_option_choice(own, OWN_SIMULATE_FORMAT, &format, err))
        return -1;
    plan = plan_build(&from, NULL, err);
    if (plan == NULL)
        return -1;
    forecast = forecast_new(plan, wall_ns, step_ns);
    if (forecast == NULL)
        failed =
            error_set(err, EXIT_USAGE, "--step %s makes more than %u steps", own_option_value(own, OWN_SIMULATE_STEP), FORECAST_POINTS_MAX);
    else
        failed = print(plan, forecast, wall_ns, format, err);
    forecast_free(forecast);
    plan_free(plan);
    return failed;
}

int cmd_simulate(int argc, char **argv)
{
    struct args args = { 0 };
    struct own_options own;
    struct error err = { 0 };
    struct buf notes;
    int exit_code = EXIT_PASSED;
    bool failed;

    buf_init(&notes);
    failed = own_options_take(&own, &argc, argv, &err) != 0 || args_parse(&args, argc, argv, &notes, &err) != 0;
    if (notes.length > 0)
        say(notes.data);
    if (!failed && args.wants_help) {
        char *words[] = { argv[0], argv[0], NULL };

        exit_code = cmd_help(2, words);
    } else if (failed || simulate(&args, &own, &err) != 0) {
        say_error(&err, args.operand_count == 1 && plan_target_kind(args.operands[0]) == TARGET_FILE && err.exit_code == EXIT_PLAN);
        exit_code = err.exit_code;
    }
    args_release(&args);
    own_options_release(&own);
    buf_release(&notes);
    return exit_code;
}
