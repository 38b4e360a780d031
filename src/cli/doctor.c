/* One function for each topic. Numbers that decide about a level stand at the top, with what they are from. */
#include "doctor.h"

#include <errno.h>
#include <glob.h>
#include <langinfo.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "onager/units.h"
#include "onager/version.h"

#define FILES_FEW 1100 /* 1,000 connections, and what onager needs itself */
#define FILES_OWN 60
#define PORTS_FEW 20000   /* Linux has 28,232 unless told otherwise */
#define CLOCK_SLOW_NS 250 /* a vDSO reading takes 20 to 60 */
#define TIMER_LATE_NS (1 * NS_PER_MS)
#define TIMER_ROUNDS 60
#define STEAL_MUCH 0.01
#define MEMORY_LITTLE_KB (512 * 1024)
#define MAPS_USUAL 65530

static const struct {
    const char *name, *help;
} topics[] = {
#define DOCTOR(id, name, help) { name, help },
#include "doctor.def"
};

const char *doctor_name(enum doctor_topic topic)
{
    return topics[topic].name;
}

const char *doctor_help(enum doctor_topic topic)
{
    return topics[topic].help;
}

const char *doctor_level_name(enum doctor_level level)
{
    static const char *const names[] = { "good", "note", "bad" };

    return names[level];
}

/* ---- telling ---- */

__attribute__((format(printf, 3, 4))) static void tell(struct doctor_finding *finding, enum doctor_level level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(finding->text, sizeof finding->text, format, args);
    va_end(args);
    finding->level = level;
}

__attribute__((format(printf, 2, 3))) static void cure(struct doctor_finding *finding, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(finding->cure, sizeof finding->cure, format, args);
    va_end(args);
}

/* ---- reading ---- */

/* The first line of a file without its end. false: there is none. */
static bool read_line(const char *root, const char *path, char *line, size_t size)
{
    char full[512];
    FILE *file;
    bool is_read;

    snprintf(full, sizeof full, "%s%s", root, path);
    file = fopen(full, "re");
    if (file == NULL)
        return false;
    is_read = fgets(line, (int)size, file) != NULL;
    fclose(file);
    if (is_read)
        line[strcspn(line, "\n")] = '\0';
    return is_read;
}

static bool read_number(const char *root, const char *path, uint64_t *number)
{
    char line[64], *end;

    if (!read_line(root, path, line, sizeof line))
        return false;
    *number = strtoull(line, &end, 10);
    return end != line;
}

static const char *count_text(uint64_t count, char out[40])
{
    return units_format_count(out, 40, count);
}

/* ---- the program ---- */

static void look_program(const char *root, struct doctor_finding *finding)
{
    char features[512], *line, *rest = features, text[240] = "";
    size_t used = 0;

    (void)root;
    snprintf(features, sizeof features, "%s", onager_features());
    while ((line = strsep(&rest, "\n")) != NULL && used < sizeof text)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? ", " : "", line);
    tell(finding, DOCTOR_GOOD, "onager %s; %.200s", onager_version(), text);
}

/* ---- limits ---- */

static void look_files(const char *root, struct doctor_finding *finding)
{
    struct rlimit limit;
    char most[40], vus[40];

    (void)root;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return tell(finding, DOCTOR_NOTE, "the limit cannot be read: %s", strerror(errno));
    if (limit.rlim_max == RLIM_INFINITY)
        return tell(finding, DOCTOR_GOOD, "no limit");
    count_text(limit.rlim_max, most);
    count_text(limit.rlim_max > FILES_OWN ? limit.rlim_max - FILES_OWN : 0, vus);
    tell(finding, limit.rlim_max < FILES_FEW ? DOCTOR_BAD : DOCTOR_GOOD, "at most %s: %s VUs with a connection each", most, vus);
    if (limit.rlim_max < FILES_FEW)
        cure(finding, "ulimit -n 65536 as root, or \"* hard nofile 65536\" in /etc/security/limits.conf and a new login");
}

static void look_ports(const char *root, struct doctor_finding *finding)
{
    unsigned long low, high;
    char line[64], count[40], *end;

    if (!read_line(root, "/proc/sys/net/ipv4/ip_local_port_range", line, sizeof line))
        return tell(finding, DOCTOR_NOTE, "/proc does not tell which ports there are");
    low = strtoul(line, &end, 10);
    high = strtoul(end, &end, 10);
    if (high < low || high > 65535)
        return tell(finding, DOCTOR_NOTE, "/proc says \"%.40s\"", line);
    count_text(high - low + 1, count);
    tell(
        finding, high - low + 1 < PORTS_FEW ? DOCTOR_BAD : DOCTOR_GOOD,
        "%s for each target address; a new connection per request can go on at %lu/s", count, (high - low + 1) / 60);
    if (high - low + 1 < PORTS_FEW)
        cure(finding, "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\", or more source addresses in the plan");
}

static void look_maps(const char *root, struct doctor_finding *finding)
{
    uint64_t maps;
    char count[40], vus[40];

    if (!read_number(root, "/proc/sys/vm/max_map_count", &maps))
        return tell(finding, DOCTOR_NOTE, "/proc does not tell how many there may be");
    count_text(maps, count);
    count_text(maps / 2, vus);
    tell(finding, maps < MAPS_USUAL ? DOCTOR_NOTE : DOCTOR_GOOD, "%s: about %s VUs with a script each", count, vus);
    if (maps < MAPS_USUAL)
        cure(finding, "sysctl -w vm.max_map_count=262144");
}

static void look_memory(const char *root, struct doctor_finding *finding)
{
    char path[512], line[128], size[40];
    unsigned long long kb = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "MemAvailable:", 13) == 0)
            kb = strtoull(line + 13, NULL, 10);
    if (file != NULL)
        fclose(file);
    if (kb == 0)
        return tell(finding, DOCTOR_NOTE, "/proc does not tell how much is free");
    units_format_bytes(size, sizeof size, (double)kb * 1024);
    tell(finding, kb < MEMORY_LITTLE_KB ? DOCTOR_BAD : DOCTOR_GOOD, "%s free", size);
    if (kb < MEMORY_LITTLE_KB)
        cure(finding, "ps -eo rss,comm --sort=-rss | head shows who has the rest");
}

/* ---- processors ---- */

static void look_cores(const char *root, struct doctor_finding *finding)
{
    char line[64], *end;
    double quota = 0, period;
    cpu_set_t set;
    int cores;

    CPU_ZERO(&set);
    cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    if (read_line(root, "/sys/fs/cgroup/cpu.max", line, sizeof line) && line[0] != 'm') {
        quota = strtod(line, &end);
        period = strtod(end, NULL);
        quota = period > 0 ? quota / period : 0;
    }
    if (quota > 0 && quota < cores) {
        tell(finding, DOCTOR_BAD, "%d, but the container may use %.2g of them and is stopped when it used them up", cores, quota);
        cure(finding, "give the container as many processors as onager has threads (-t), or no quota");
    } else if (cores == 1) {
        tell(finding, DOCTOR_NOTE, "1: the dashboard and the load share it");
        cure(finding, "--progress, and the target on another machine");
    } else {
        tell(finding, DOCTOR_GOOD, "%d: %d worker thread%s beside the dashboard", cores, cores - 1, cores == 2 ? "" : "s");
    }
}

static void look_governor(const char *root, struct doctor_finding *finding)
{
    char pattern[512], worst[64] = "", governor[64], driver[64] = "";
    unsigned slow = 0;
    glob_t files;

    snprintf(pattern, sizeof pattern, "%s/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor", root);
    if (glob(pattern, 0, NULL, &files) != 0)
        return tell(finding, DOCTOR_GOOD, "not visible, as in most virtual machines");
    read_line(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", driver, sizeof driver);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        if (!read_line("", files.gl_pathv[i], governor, sizeof governor))
            continue;
        if (strcmp(governor, "performance") != 0)
            slow++;
        if (worst[0] == '\0' || strcmp(governor, "performance") != 0)
            snprintf(worst, sizeof worst, "%s", governor);
    }
    tell(
        finding,
        slow == 0                         ? DOCTOR_GOOD
        : strcmp(worst, "powersave") == 0 ? DOCTOR_BAD
                                          : DOCTOR_NOTE,
        "%.40s%s%.40s%s", worst, driver[0] != '\0' ? " of " : "", driver,
        slow == 0 ? "" : ": the first requests after a pause find a slow processor");
    if (slow > 0)
        cure(finding, "cpupower frequency-set -g performance");
    globfree(&files);
}

static void look_steal(const char *root, struct doctor_finding *finding)
{
    unsigned long long times[8] = { 0 }, all = 0;
    char line[256], *field;
    double share;

    if (!read_line(root, "/proc/stat", line, sizeof line) || strncmp(line, "cpu ", 4) != 0)
        return tell(finding, DOCTOR_NOTE, "/proc does not tell");
    field = line + 4;
    for (int i = 0; i < 8; i++)
        all += times[i] = strtoull(field, &field, 10);
    share = all > 0 ? (double)times[7] / (double)all : 0; /* user nice system idle iowait irq softirq steal */
    tell(finding, share > STEAL_MUCH ? DOCTOR_BAD : DOCTOR_GOOD, "%.2f %% of the time since the start of this machine", share * 100);
    if (share > STEAL_MUCH)
        cure(finding, "a machine that is not shared; the verdict of a run counts the seconds that suffered");
}

/* ---- time ---- */

static uint64_t clock_cost_ns(void)
{
    uint64_t best = UINT64_MAX;

    for (int round = 0; round < 20; round++) {
        uint64_t begin = clock_now_ns(), end = begin;

        for (int i = 0; i < 100; i++)
            end = clock_now_ns();
        best = end - begin < best ? end - begin : best;
    }
    return best / 100;
}

static void look_clock(const char *root, struct doctor_finding *finding)
{
    static const char *const slow[] = { "hpet", "acpi_pm", "jiffies", "refined-jiffies" };
    char source[64] = "unknown";
    uint64_t cost = clock_cost_ns();
    bool is_slow = cost > CLOCK_SLOW_NS;

    read_line(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource", source, sizeof source);
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
        is_slow |= strcmp(source, slow[i]) == 0;
    tell(finding, is_slow ? DOCTOR_BAD : DOCTOR_GOOD, "%.40s, %llu ns a reading", source, (unsigned long long)cost);
    if (is_slow)
        cure(finding, "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource (see available_clocksource beside it)");
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void look_timer(const char *root, struct doctor_finding *finding)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    uint64_t late[TIMER_ROUNDS], fired;
    char median[40], most[40];

    (void)root;
    for (int i = 0; i < TIMER_ROUNDS; i++) {
        uint64_t due = clock_now_ns() + NS_PER_MS;
        struct itimerspec when = { .it_value = { (time_t)(due / NS_PER_S), (long)(due % NS_PER_S) } };

        if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) != 0 || read(fd, &fired, sizeof fired) < 0) {
            if (fd >= 0)
                close(fd);
            return tell(finding, DOCTOR_BAD, "no timer: %s", strerror(errno));
        }
        late[i] = clock_now_ns() - due;
    }
    close(fd);
    qsort(late, TIMER_ROUNDS, sizeof late[0], by_size);
    units_format_ns(median, sizeof median, late[TIMER_ROUNDS / 2], false);
    units_format_ns(most, sizeof most, late[TIMER_ROUNDS * 95 / 100], false);
    tell(finding, late[TIMER_ROUNDS * 95 / 100] > TIMER_LATE_NS ? DOCTOR_NOTE : DOCTOR_GOOD, "%s late in the middle, p95 %s", median, most);
    if (finding->level != DOCTOR_GOOD)
        cure(finding, "--realtime, or a quieter machine; onager selftest measures what that means");
}

static void look_realtime(const char *root, struct doctor_finding *finding)
{
    struct rlimit limit;
    bool may = geteuid() == 0 || (getrlimit(RLIMIT_RTPRIO, &limit) == 0 && limit.rlim_cur > 0);

    (void)root;
    tell(finding, may ? DOCTOR_GOOD : DOCTOR_NOTE, may ? "--realtime may be used" : "--realtime would be refused");
    if (!may)
        cure(finding, "\"* - rtprio 10\" in /etc/security/limits.conf and a new login, or root");
}

/* ---- terminal ---- */

static void look_terminal(const char *root, struct doctor_finding *finding)
{
    const char *term = getenv("TERM");

    (void)root;
#ifndef HAVE_UI
    return tell(finding, DOCTOR_NOTE, "built without the dashboard; --progress shows a line");
#endif
    if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0) {
        tell(
            finding, isatty(STDOUT_FILENO) ? DOCTOR_BAD : DOCTOR_NOTE, "TERM is %s: there can be no dashboard, --progress shows a line",
            term == NULL ? "not set" : "dumb");
        cure(finding, "export TERM=xterm-256color (what your terminal is, or tmux-256color inside tmux)");
    } else {
        tell(finding, DOCTOR_GOOD, "%.60s", term);
    }
}

static void look_locale(const char *root, struct doctor_finding *finding)
{
    const char *charset = nl_langinfo(CODESET);

    (void)root;
    if (strcmp(charset, "UTF-8") == 0)
        return tell(finding, DOCTOR_GOOD, "UTF-8");
    tell(finding, DOCTOR_NOTE, "%.40s: graphs are drawn with ASCII, names outside of it are not shown", charset);
    cure(finding, "export LC_ALL=C.UTF-8");
}

void doctor_look(enum doctor_topic topic, const char *root, struct doctor_finding *finding)
{
    static void (*const looks[DOCTOR_COUNT])(const char *, struct doctor_finding *) = {
        [DOCTOR_PROGRAM] = look_program, [DOCTOR_FILES] = look_files,       [DOCTOR_PORTS] = look_ports,
        [DOCTOR_CORES] = look_cores,     [DOCTOR_GOVERNOR] = look_governor, [DOCTOR_CLOCK] = look_clock,
        [DOCTOR_TIMER] = look_timer,     [DOCTOR_STEAL] = look_steal,       [DOCTOR_MEMORY] = look_memory,
        [DOCTOR_MAPS] = look_maps,       [DOCTOR_REALTIME] = look_realtime, [DOCTOR_TERMINAL] = look_terminal,
        [DOCTOR_LOCALE] = look_locale,
    };

    *finding = (struct doctor_finding){ .level = DOCTOR_GOOD };
    looks[topic](root, finding);
}
