/* inspect: the plan's text is read again as sections and keys, and for each the setting is looked for that it came from. */
#include "inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "build.h"
#include "json_write.h"
#include "mem.h"
#include "onager/units.h"
#include "onager/version.h"
#include "print.h"
#include "schedule.h"

struct inspection {
    enum inspect_format format;
    struct buf *out;
};

/* ---- where a value came from ---- */

static bool is_same_name(const char *a, const char *b)
{
    return (a == NULL && b == NULL) || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

/* The strongest setting of a key with that name: of options, and of a section where it may be said. */
static const struct setting *find_named(
    const struct build *build, const struct section *section, enum plan_key_id key, const char *name, const struct setting *best)
{
    for (size_t i = 0; section != NULL && i < section->count; i++) {
        const struct setting *setting = &section->settings[i];

        if (setting->key == key && is_same_name(setting->name, name) && (best == NULL || setting->place.origin >= best->place.origin))
            best = setting;
    }
    for (size_t i = 0; i < build->options.count; i++) {
        const struct option *option = &build->options.items[i];

        if (option->kind == OPTION_KEY && option->setting.key == key && is_same_name(option->setting.name, name) &&
            (best == NULL || option->setting.place.origin >= best->place.origin))
            best = &option->setting;
    }
    return best;
}

/* What stands behind a key that is printed, where that was said by another key. */
static const struct {
    enum plan_key_id printed, said;
} stand_ins[] = {
    { KEY_REQUEST_BODY, KEY_REQUEST_JSON },     { KEY_REQUEST_BODY, KEY_REQUEST_BODY_FILE },
    { KEY_REQUEST_BODY, KEY_REQUEST_FORM },     { KEY_REQUEST_BODY, KEY_REQUEST_MULTIPART },
    { KEY_REQUEST_JSON, KEY_REQUEST_BODY },     { KEY_SCENARIO_MIX, KEY_SCENARIO_FLOW },
    { KEY_SCENARIO_MIX, KEY_SCENARIO_REQUEST }, { KEY_SCENARIO_START_RATE, KEY_SCENARIO_RATE },
    { KEY_SCENARIO_MAX_VUS, KEY_SCENARIO_VUS }, { KEY_HTTP_CONNECT_TIMEOUT, KEY_HTTP_TIMEOUT },
};

static const struct setting *find_stand_in(const struct build *build, const struct section *section, enum plan_key_id key)
{
    for (size_t i = 0; i < sizeof stand_ins / sizeof stand_ins[0]; i++) {
        const struct setting *setting = stand_ins[i].printed == key ? value_find(build, section, stand_ins[i].said) : NULL;

        if (setting != NULL)
            return setting;
    }
    return NULL;
}

/* Thresholds go by their metric: the one with the same tags, else any of it. */
static const struct setting *find_threshold(const struct build *build, const struct section *section, const char *name)
{
    const struct setting *best = NULL;
    size_t length = strcspn(name, "{");

    for (size_t i = 0; section != NULL && i < section->count; i++) {
        const char *said = section->settings[i].name;

        if (strcmp(said, name) == 0)
            return &section->settings[i];
        if (strncmp(said, name, length) == 0 && strcspn(said, "{ ") == length)
            best = &section->settings[i];
    }
    for (size_t i = 0; i < build->options.count && best == NULL; i++)
        if (build->options.items[i].kind == OPTION_THRESHOLD)
            best = &build->options.items[i].setting;
    return best;
}

static const struct setting *find_origin(const struct build *build, const struct section *printed, const struct setting *setting)
{
    const struct section *section = document_find(&build->document, printed->kind, printed->name);
    const struct section *http = document_find(&build->document, SECTION_HTTP, NULL);
    const struct setting *found, *general = NULL;
    const char *name;
    int id;

    if (setting->key == KEY_THRESHOLD)
        return find_threshold(build, section, setting->name);
    found =
        setting->name != NULL ? find_named(build, section, setting->key, setting->name, NULL) : value_find(build, section, setting->key);
    if (printed->kind == SECTION_REQUEST) { /* [http] says it for all */
        char *key = mem_format("%s%s", key_info(setting->key)->name, setting->name != NULL ? setting->name : "");

        id = key_find(SECTION_HTTP, key, &name);
        if (id >= 0)
            general = setting->name != NULL ? find_named(build, http, (enum plan_key_id)id, setting->name, NULL)
                                            : value_find(build, http, (enum plan_key_id)id);
        free(key);
        if (general != NULL && (found == NULL || general->place.origin > found->place.origin))
            found = general;
    }
    return found != NULL ? found : find_stand_in(build, section, setting->key);
}

static const char *origin_name(const struct setting *from)
{
    static const char *const names[] = { "default", "config", "plan", "environment", "flag" };

    return from != NULL ? names[from->place.origin] : names[ORIGIN_DEFAULT];
}

/* "shop.ini:12", "-c"; owned, NULL where there is nothing to point at. */
static char *origin_place(const struct build *build, const struct setting *from)
{
    if (from == NULL || from->place.origin == ORIGIN_DEFAULT)
        return NULL;
    if (from->place.origin == ORIGIN_PLAN)
        return mem_format("%s:%u", build->file != NULL ? build->file : "plan", from->place.line);
    return mem_copy(from->place.shown);
}

/* ---- figures ---- */

struct figures {
    uint64_t duration_ns, vus, iterations;
    double least, most; /* requests; of what is planned */
};

static struct figures figures_of(const struct plan *plan)
{
    struct figures f = { plan_duration_ns(plan), plan_max_vus(plan), plan_planned_iterations(plan), 0, 0 };
    struct plan one = *plan;

    one.scenario_count = 1;
    for (size_t i = 0; i < plan->scenario_count; i++) {
        double least, most;

        one.scenarios = &plan->scenarios[i];
        inspect_requests(&plan->scenarios[i], &least, &most);
        f.least += least * (double)plan_planned_iterations(&one);
        f.most += most * (double)plan_planned_iterations(&one);
    }
    return f;
}

/* The origin of a request is a new one. */
static bool is_first_of_origin(const struct plan *plan, size_t request, size_t *count)
{
    const struct plan_request *own = &plan->requests[request];

    *count = 0;
    for (size_t i = 0; i < plan->request_count; i++) {
        const struct plan_request *other = &plan->requests[i];
        bool is_same = strcmp(own->scheme, other->scheme) == 0 && strcasecmp(own->host, other->host) == 0 && own->port == other->port &&
                       own->transport == other->transport;

        if (is_same && i < request)
            return false;
        *count += is_same;
    }
    return true;
}

static char *origin_of(const struct plan_request *request)
{
    bool is_v6 = strchr(request->host, ':') != NULL;

    return mem_format("%s://%s%s%s:%u", request->scheme, is_v6 ? "[" : "", request->host, is_v6 ? "]" : "", (unsigned)request->port);
}

/* ---- text ---- */

static void add_head(struct inspection *in, const struct build *build)
{
    const struct plan *plan = build->plan;
    struct figures f = figures_of(plan);
    char text[48];

    buf_addf(
        in->out, "; %s as onager %s resolves it; where a value came from stands above it\n", build->file != NULL ? build->file : plan->name,
        onager_version());
    buf_addf(in->out, "; duration    %s, then what graceful_stop allows\n", units_format_duration(text, sizeof text, f.duration_ns));
    buf_addf(in->out, "; VUs         at most %s, by %u worker threads\n", units_format_count(text, sizeof text, f.vus), plan->threads);
    if (f.iterations == 0)
        buf_add_text(in->out, "; iterations  as many as are answered\n");
    else
        buf_addf(in->out, "; iterations  %s\n", units_format_count(text, sizeof text, f.iterations));
    if (f.iterations > 0) {
        buf_addf(in->out, "; requests    %s", units_format_count(text, sizeof text, (uint64_t)(f.least + 0.5)));
        if (f.most > f.least)
            buf_addf(in->out, " to %s", units_format_count(text, sizeof text, (uint64_t)(f.most + 0.5)));
        buf_add_text(in->out, ", without redirects and retries\n");
    }
    for (size_t i = 0; i < plan->request_count; i++) {
        size_t count;
        char *origin;

        if (!is_first_of_origin(plan, i, &count))
            continue;
        origin = origin_of(&plan->requests[i]);
        buf_addf(
            in->out, "; %s  by %s, %zu request%s\n", origin, transport_kind_name(plan->requests[i].transport), count,
            count == 1 ? "" : "s");
        free(origin);
    }
    buf_addf(in->out, "; sha256      %s\n\n", plan->sha256);
}

static void add_value(struct buf *out, const struct setting *setting)
{
    const char *key = key_info(setting->key)->name;

    buf_addf(out, "%s%s = ", strcmp(key, "*") == 0 ? "" : key, setting->name != NULL ? setting->name : "");
    for (const char *p = setting->value; *p != '\0'; p++) {
        buf_add_char(out, *p);
        if (*p == '\n')
            buf_add_text(out, "    ");
    }
    buf_add_char(out, '\n');
}

static void add_text(struct inspection *in, const struct build *build, const struct document *printed)
{
    add_head(in, build);
    for (size_t i = 0; i < printed->count; i++) {
        const struct section *section = &printed->sections[i];
        char *last = NULL;

        buf_addf(
            in->out, "%s[%s%s%s]\n", i > 0 ? "\n" : "", section_info(section->kind)->name, section->name != NULL ? " " : "",
            section->name != NULL ? section->name : "");
        for (size_t j = 0; j < section->count; j++) {
            const struct setting *from = find_origin(build, section, &section->settings[j]);
            char *place = origin_place(build, from);
            bool is_plan = from != NULL && from->place.origin == ORIGIN_PLAN;
            char *said =
                is_plan ? mem_copy(place) : mem_format("%s%s%s", origin_name(from), place != NULL ? " " : "", place != NULL ? place : "");

            if (last == NULL || strcmp(last, said) != 0)
                buf_addf(in->out, "; %s\n", said);
            add_value(in->out, &section->settings[j]);
            free(last);
            free(place);
            last = said;
        }
        free(last);
    }
}

/* ---- JSON ---- */

static void add_member(struct json *json, const char *key, const char *text)
{
    json_write_key(json, key);
    json_write_string(json, text);
}

static void add_figures(struct json *json, const struct plan *plan)
{
    struct figures f = figures_of(plan);

    json_write_key(json, "duration_s");
    json_write_double(json, (double)f.duration_ns / 1e9);
    json_write_key(json, "max_vus");
    json_write_u64(json, f.vus);
    json_write_key(json, "threads");
    json_write_u64(json, plan->threads);
    json_write_key(json, "iterations");
    if (f.iterations > 0)
        json_write_u64(json, f.iterations);
    else
        json_write_null(json);
    json_write_key(json, "requests");
    if (f.iterations > 0) {
        json_write_object(json);
        json_write_key(json, "least");
        json_write_u64(json, (uint64_t)(f.least + 0.5));
        json_write_key(json, "most");
        json_write_u64(json, (uint64_t)(f.most + 0.5));
        json_write_object_end(json);
    } else {
        json_write_null(json);
    }
}

static void add_origins(struct json *json, const struct plan *plan)
{
    json_write_key(json, "origins");
    json_write_array(json);
    for (size_t i = 0; i < plan->request_count; i++) {
        size_t count;
        char *origin;

        if (!is_first_of_origin(plan, i, &count))
            continue;
        origin = origin_of(&plan->requests[i]);
        json_write_object(json);
        add_member(json, "origin", origin);
        add_member(json, "transport", transport_kind_name(plan->requests[i].transport));
        json_write_key(json, "requests");
        json_write_u64(json, count);
        json_write_object_end(json);
        free(origin);
    }
    json_write_array_end(json);
}

static void add_setting(struct json *json, const struct build *build, const struct section *section, const struct setting *setting)
{
    const struct setting *from = find_origin(build, section, setting);
    const char *key = key_info(setting->key)->name;
    char *whole = mem_format("%s%s", strcmp(key, "*") == 0 ? "" : key, setting->name != NULL ? setting->name : "");
    char *place = origin_place(build, from);

    json_write_object(json);
    add_member(json, "key", whole);
    add_member(json, "value", setting->value);
    add_member(json, "origin", origin_name(from));
    add_member(json, "at", place);
    json_write_object_end(json);
    free(place);
    free(whole);
}

static void add_json(struct inspection *in, const struct build *build, const struct document *printed)
{
    struct json json;

    json_write_init(&json, in->out, 4);
    json_write_object(&json);
    add_member(&json, "schema", "onager.inspect/1");
    add_member(&json, "version", onager_version());
    add_member(&json, "file", build->file);
    add_member(&json, "plan_sha256", build->plan->sha256);
    add_figures(&json, build->plan);
    add_origins(&json, build->plan);
    json_write_key(&json, "sections");
    json_write_array(&json);
    for (size_t i = 0; i < printed->count; i++) {
        const struct section *section = &printed->sections[i];

        json_write_object(&json);
        add_member(&json, "section", section_info(section->kind)->name);
        add_member(&json, "name", section->name);
        json_write_key(&json, "keys");
        json_write_array(&json);
        for (size_t j = 0; j < section->count; j++)
            add_setting(&json, build, section, &section->settings[j]);
        json_write_array_end(&json);
        json_write_object_end(&json);
    }
    json_write_array_end(&json);
    json_write_object_end(&json);
    buf_add_char(in->out, '\n');
}

/* ---- both ---- */

static void on_built(struct build *build, void *data)
{
    struct inspection *in = data;
    struct document printed;
    struct mistakes mistakes;
    struct buf text;

    buf_init(&text);
    plan_print(build->plan, &text, PRINT_VERBATIM);
    mistakes_init(&mistakes, "inspect");
    document_init(&printed);
    document_read(&printed, text.data, text.length, &mistakes);
    INVARIANT(mistakes.total == 0);
    if (in->format == INSPECT_JSON)
        add_json(in, build, &printed);
    else
        add_text(in, build, &printed);
    document_release(&printed);
    mistakes_release(&mistakes);
    buf_release(&text);
}

int plan_inspect(const struct plan_request_by_user *from, enum inspect_format format, struct buf *out, struct buf *notes, struct error *err)
{
    struct inspection in = { format, out };
    struct plan *plan = build_watched(from, notes, on_built, &in, err);

    plan_free(plan);
    return plan != NULL ? 0 : -1;
}
