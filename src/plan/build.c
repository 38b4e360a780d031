/* plan_build(): a target and options to a checked plan. Main thread. Reads the plan file and body files, nothing else. */
#include "build.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ini_text.h"
#include "mem.h"
#include "plan_build.h"
#include "print.h"
#include "template_scan.h"
#include "url.h"

#define REQUEST_NAME_MAX 40 /* "request " before it makes a section name inih can hold */

/* ---- target ---- */

static bool ends_like(const char *target, const char *const *endings, size_t count)
{
    size_t length = strlen(target);

    for (size_t i = 0; i < count; i++)
        if (length > strlen(endings[i]) && strcasecmp(target + length - strlen(endings[i]), endings[i]) == 0)
            return true;
    return false;
}

static const char *const yaml_endings[] = { ".yaml", ".yml" };

/* Formats that are plans elsewhere and will be read one day. */
static bool is_foreign(const char *target)
{
    static const char *const endings[] = { ".js", ".mjs", ".ts", ".lua", ".py", ".rb", ".star", ".har" };

    return ends_like(target, endings, sizeof endings / sizeof endings[0]);
}

enum plan_target_kind plan_target_kind(const char *target)
{
    static const char *const ini[] = { ".ini" };
    bool is_plan = ends_like(target, ini, 1) || ends_like(target, yaml_endings, 2);
    struct stat status;

    if (strstr(target, "://") != NULL)
        return TARGET_URL;
    if (stat(target, &status) == 0 && !S_ISDIR(status.st_mode))
        return TARGET_FILE;
    if (target[0] == '.' || target[0] == '/')
        return TARGET_FILE;
    if (strchr(target, ':') != NULL || strchr(target, '?') != NULL)
        return TARGET_URL;
    return is_plan || (strchr(target, '/') == NULL && is_foreign(target)) ? TARGET_FILE : TARGET_URL;
}

/* Returns owned, or NULL and *err. */
static char *read_file(const char *path, size_t *length, struct error *err)
{
    struct buf text;
    char piece[16384];
    size_t got;
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        error_set(err, EXIT_USAGE, "%.200s: %s%s", path, strerror(errno), errno == ENOENT ? "; a URL begins with http://" : "");
        return NULL;
    }
    buf_init(&text);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && text.length <= INI_TEXT_MAX)
        buf_add(&text, piece, got);
    if (ferror(file) || text.length > INI_TEXT_MAX) {
        error_set(err, EXIT_USAGE, "%.200s: %s", path, ferror(file) ? "cannot be read" : "over 16 MiB, which is no plan");
        buf_release(&text);
    }
    fclose(file);
    *length = text.length;
    return err != NULL && err->exit_code != 0 ? NULL : buf_take(&text);
}

/* ---- threads ---- */

static uint64_t quotient_up(unsigned __int128 a, unsigned __int128 b)
{
    unsigned __int128 result = (a + b - 1) / b;

    return result > UINT32_MAX ? UINT32_MAX : (uint64_t)result;
}

unsigned build_thread_count(const struct plan *plan, unsigned cores)
{
    uint64_t wanted = 0, most = cores > 2 ? cores - 1 : 1;

    for (size_t i = 0; i < plan->scenario_count; i++) {
        const struct plan_scenario *scenario = &plan->scenarios[i];
        bool is_open = executor_is_open(scenario->executor);
        uint64_t by_vus = quotient_up(is_open ? scenario->max_vus : scenario->vus, 8);
        uint64_t by_rate = UINT64_MAX;

        if (is_open && scenario->rate.per_ns > 0)
            by_rate = quotient_up((unsigned __int128)scenario->rate.count * NS_PER_S, (unsigned __int128)scenario->rate.per_ns * 2000);
        wanted += by_vus < by_rate ? by_vus : by_rate;
    }
    if (wanted == 0)
        wanted = 1;
    return (unsigned)(wanted < most ? wanted : most);
}

static unsigned count_cores(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (unsigned)CPU_COUNT(&set);
    return sysconf(_SC_NPROCESSORS_ONLN) > 0 ? (unsigned)sysconf(_SC_NPROCESSORS_ONLN) : 1;
}

/* ---- the plan as a whole ---- */

/* "shop" for "plans/shop.ini"; "host:port/path" for a quick run. */
static char *default_name(const struct build *build, const struct url *url)
{
    const char *slash = build->file != NULL ? strrchr(build->file, '/') : NULL;
    const char *base = slash != NULL ? slash + 1 : build->file, *dot;

    INVARIANT(url != NULL || build->file != NULL);
    if (build->file == NULL)
        return mem_format("%s%.*s", url->authority, (int)strcspn(url->target, "?"), url->target);
    dot = strrchr(base, '.');
    if (dot != NULL && dot > base && (strcasecmp(dot, ".ini") == 0 || strcasecmp(dot, ".yaml") == 0 || strcasecmp(dot, ".yml") == 0))
        return mem_copy_n(base, (size_t)(dot - base));
    return mem_copy(base);
}

static void label_set(struct plan *plan, const struct setting *setting)
{
    for (size_t i = 0; i < plan->label_count; i++)
        if (strcmp(plan->labels[i].name, setting->name) == 0) {
            free(plan->labels[i].value);
            plan->labels[i].value = mem_copy(setting->value);
            return;
        }
    plan->labels = mem_resize(plan->labels, plan->label_count + 1, sizeof *plan->labels);
    plan->labels[plan->label_count++] = (struct plan_tag){ mem_copy(setting->name), mem_copy(setting->value) };
}

static void build_labels(struct build *build, const struct section *section)
{
    for (int origin = ORIGIN_CONFIG; origin <= ORIGIN_FLAG; origin++) {
        for (size_t i = 0; origin == ORIGIN_PLAN && section != NULL && i < section->count; i++)
            if (section->settings[i].key == KEY_PLAN_LABEL)
                label_set(build->plan, &section->settings[i]);
        for (size_t i = 0; i < build->options.count; i++) {
            const struct option *option = &build->options.items[i];

            if (option->kind == OPTION_KEY && option->setting.key == KEY_PLAN_LABEL && (int)option->setting.place.origin == origin)
                label_set(build->plan, &option->setting);
        }
    }
}

static void build_user_agent(struct build *build, const struct section *http)
{
    const struct setting *setting = value_find(build, http, KEY_HTTP_USER_AGENT);

    build->plan->user_agent = mem_copy(setting != NULL ? setting->value : "onager/" PACKAGE_VERSION);
    for (const char *p = build->plan->user_agent; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f) {
            value_mistake(build, setting);
            return;
        }
}

static void build_general(struct build *build)
{
    const struct section *general = document_find(&build->document, SECTION_PLAN, NULL);
    const struct section *http = document_find(&build->document, SECTION_HTTP, NULL);
    struct plan *plan = build->plan;
    uint64_t threads = 0;

    plan->name = value_text(build, general, KEY_PLAN_NAME);
    plan->description = value_text(build, general, KEY_PLAN_DESCRIPTION);
    plan->source = mem_copy(build->file);
    build_labels(build, general);
    value_number(build, general, KEY_PLAN_SEED, &plan->seed);
    value_number(build, general, KEY_PLAN_THREADS, &threads);
    plan->threads = threads > 0 ? (unsigned)threads : build_thread_count(plan, count_cores());
    build_user_agent(build, http);
    build_connections(build, general, http);
    build_cookies(build, http);
    value_number(build, http, KEY_HTTP_MAX_HEAD, &plan->max_head_bytes);
    value_number(build, http, KEY_HTTP_MAX_BODY, &plan->max_body_bytes);
}

/* Options that are about this start and stand in no plan file. The highest precedence wins, among equals the last. */
static void build_start(struct build *build)
{
    enum plan_origin said[OPTION_PAUSED + 1] = { 0 };

    for (size_t i = 0; i < build->options.count; i++) {
        const struct option *option = &build->options.items[i];
        bool is_degraded = option->kind == OPTION_REQUIRE_VALID && strcmp(option->setting.value, "degraded") == 0;
        bool is_yes = is_degraded;
        char shown[SHOWN_SIZE];

        if (option->kind < OPTION_REALTIME || option->setting.place.origin < said[option->kind])
            continue;
        said[option->kind] = option->setting.place.origin;
        if (!is_degraded && !option_flag(option->setting.value, &is_yes))
            mistake_of_usage(
                &build->mistakes, "%s wants yes or no%s, got \"%s\"", option->setting.place.shown,
                option->kind == OPTION_REQUIRE_VALID ? ", or degraded" : "", shown_value(shown, option->setting.value));
        if (option->kind == OPTION_REALTIME)
            build->plan->realtime = is_yes;
        if (option->kind == OPTION_PAUSED)
            build->plan->start_paused = is_yes;
        if (option->kind == OPTION_REQUIRE_VALID) {
            build->plan->require_valid = is_yes;
            build->plan->require_undegraded = is_degraded;
        }
    }
}

/* ---- a quick run ---- */

/* The path as a name: a row of the results and a section of the printed plan. */
static char *request_name(const struct url *url)
{
    size_t length = strcspn(url->target, "?");
    char *name = mem_copy_n(url->target, length);

    for (char *p = name; *p != '\0'; p++)
        if (strchr(",{}[]", *p) != NULL)
            *p = '_';
    if (length > REQUEST_NAME_MAX)
        memcpy(name + REQUEST_NAME_MAX - 3, "...", 4);
    return name;
}

static void note(struct build *build, const char *text)
{
    if (build->notes != NULL)
        buf_addf(build->notes, "%s%s", build->notes->length > 0 ? "\n" : "", text);
}

/* The URL with "_" for each ${...}: what it is called, and whether the rest is one. */
static char *without_values(const char *text)
{
    struct buf out;

    buf_init(&out);
    for (const char *p = text; *p != '\0'; p++) {
        const char *close = p[0] == '$' && p[1] == '{' ? template_close(p + 2, p + strlen(p)) : NULL;

        buf_add_char(&out, close != NULL ? '_' : *p);
        p = close != NULL ? close : p;
    }
    return buf_take(&out);
}

/* One request to the URL and one scenario; everything else is defaults and options. */
static void start_quick(struct build *build, const char *target, struct url *url)
{
    const struct place place = { .origin = ORIGIN_DEFAULT, .shown = "URL" };
    bool has_scheme = strstr(target, "://") != NULL;
    char *text = has_scheme ? mem_copy(target) : mem_format("http://%s", target);
    char *plain = without_values(text), why[160];

    if (!url_parse(url, plain, why, sizeof why)) {
        char shown[SHOWN_SIZE];

        mistake_of_usage(&build->mistakes, "%s: %s", shown_value(shown, text), why);
        url_parse(url, "http://localhost/", why, sizeof why); /* stands in, so that all mistakes are found */
    } else if (!has_scheme) {
        char *said = mem_format("no scheme given, taking %s", text);

        note(build, said);
        free(said);
    }
    {
        char *name = request_name(url);
        struct section *section = document_add(&build->document, SECTION_REQUEST, name);

        section_add(section, KEY_REQUEST_URL, NULL, strcmp(plain, text) == 0 ? url->text : text, &place);
        if (url->user != NULL)
            section_add(section, KEY_REQUEST_USER, NULL, url->user, &place);
        free(name);
    }
    free(plain);
    free(text);
}

/* Nothing but a URL: say what it means. */
static void note_defaults(struct build *build)
{
    static const enum plan_key_id load[] = { KEY_SCENARIO_VUS, KEY_SCENARIO_RATE, KEY_SCENARIO_DURATION, KEY_SCENARIO_ITERATIONS };
    const struct plan_scenario *scenario = &build->plan->scenarios[0];
    char duration[40], vus[32], rate[32], *said;

    for (size_t i = 0; i < sizeof load / sizeof load[0]; i++)
        if (value_find(build, NULL, load[i]) != NULL)
            return;
    units_format_duration(duration, sizeof duration, scenario->duration_ns);
    units_format_count(vus, sizeof vus, scenario->max_vus);
    units_format_count(rate, sizeof rate, scenario->rate.count);
    said = mem_format("%s/s for %s with up to %s VUs; -c, -r, -d change it", rate, duration, vus);
    note(build, said);
    free(said);
}

/* ---- all of it ---- */

static void release(struct build *build)
{
    document_release(&build->document);
    options_release(&build->options);
    mistakes_release(&build->mistakes);
    free(build->base_url);
    names_release(&build->names);
}

/* Everything behind the document. `url` is that of a quick run. */
static struct plan *finish(struct build *build, const struct url *url, struct error *err)
{
    struct plan *plan = mem_alloc(sizeof *plan);

    build->plan = plan;
    build_environment(build);
    build->names.plan = plan;
    texts_expand(build, true);
    build_data(build);
    build_variables(build);
    texts_expand(build, false);
    build_network(build);
    build_requests(build);
    build_flows(build);
    build_hooks(build);
    build_scenarios(build);
    build_thresholds(build);
    build_outputs(build);
    build_safety(build);
    build_general(build);
    build_tls(build);
    build_start(build);
    if (plan->name == NULL)
        plan->name = default_name(build, url);
    if (mistakes_report(&build->mistakes, err) != 0) {
        plan_free(plan);
        plan = NULL;
    } else {
        if (build->file == NULL)
            note_defaults(build);
        if (plan->tls.insecure && plan_uses_tls(plan))
            note(build, "certificates of servers are not verified, as was asked");
        plan_set_sha256(plan);
        if (build->on_built != NULL)
            build->on_built(build, build->data);
    }
    release(build);
    return plan;
}

/* With a build that has its notes and its watcher. */
static struct plan *build_text(
    struct build *build, const struct plan_request_by_user *from, const char *file, const char *text, size_t length, struct error *err)
{
    build->file = file;
    mistakes_init(&build->mistakes, file);
    document_init(&build->document);
    options_read(&build->options, from->overrides, from->override_count, &build->mistakes);
    (ends_like(file, yaml_endings, 2) ? document_read_yaml : document_read)(&build->document, text, length, &build->mistakes);
    return finish(build, NULL, err);
}

struct plan *plan_build_text(
    const struct plan_request_by_user *from, const char *file, const char *text, size_t length, struct buf *notes, struct error *err)
{
    struct build build = { .notes = notes };

    return build_text(&build, from, file, text, length, err);
}

struct plan *plan_build(const struct plan_request_by_user *from, struct buf *notes, struct error *err)
{
    return build_watched(from, notes, NULL, NULL, err);
}

struct plan *build_watched(
    const struct plan_request_by_user *from, struct buf *notes, void (*on_built)(struct build *build, void *data), void *data,
    struct error *err)
{
    struct build build = { .notes = notes, .on_built = on_built, .data = data };
    struct plan *plan;
    struct error own = { 0 };
    struct url url;

    err = err != NULL ? err : &own;
    err->exit_code = 0;
    if (plan_target_kind(from->target) == TARGET_FILE) {
        size_t length;
        char *text;

        if (is_foreign(from->target) && access(from->target, F_OK) == 0) {
            error_set(err, EXIT_PLAN, "%.200s: this build reads plans in INI alone; man onager-plan describes them", from->target);
            return NULL;
        }
        text = read_file(from->target, &length, err);
        plan = text != NULL ? build_text(&build, from, from->target, text, length, err) : NULL;
        free(text);
        return plan;
    }
    mistakes_init(&build.mistakes, NULL);
    document_init(&build.document);
    options_read(&build.options, from->overrides, from->override_count, &build.mistakes);
    start_quick(&build, from->target, &url);
    plan = finish(&build, &url, err);
    url_release(&url);
    return plan;
}
