/* Reading the config file. What its values mean is known by those who take them; here are names and places. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "args.h"
#include "ini_text.h"
#include "mem.h"
#include "nearest.h"

enum section { SECTION_TOP, SECTION_OPTIONS, SECTION_KEYS_OF_UI, SECTION_UNKNOWN };

struct reading {
    struct config *config;
    const char *path;
    enum section section;
    struct buf mistakes;
};

bool config_path(char *out, size_t size)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int length;

    if (base != NULL && base[0] == '/') /* a relative one is to be ignored, says the XDG base directory specification */
        length = snprintf(out, size, "%s/onager/config.ini", base);
    else if (home != NULL && home[0] == '/')
        length = snprintf(out, size, "%s/.config/onager/config.ini", home);
    else
        return false;
    return (size_t)length < size;
}

/* ---- options ---- */

bool config_takes_option(int id)
{
    static const enum option_id not_here[] = {
        OPTION_ID_VUS,  OPTION_ID_RATE,   OPTION_ID_ITERATIONS, OPTION_ID_SCENARIO, OPTION_ID_METHOD,  OPTION_ID_BODY,
        OPTION_ID_JSON, OPTION_ID_PAUSED, OPTION_ID_YES,        OPTION_ID_HELP,     OPTION_ID_VERSION,
    };

    for (size_t i = 0; i < sizeof not_here / sizeof *not_here; i++)
        if ((int)not_here[i] == id)
            return false;
    return true;
}

static void mistake(struct reading *reading, unsigned line, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void mistake(struct reading *reading, unsigned line, const char *format, ...)
{
    char text[300];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buf_addf(&reading->mistakes, "%s%s:%u: %s", reading->mistakes.length > 0 ? "\n" : "", reading->path, line, text);
}

static void add_value(struct config_value **values, size_t *count, struct config_value value)
{
    *values = mem_resize(*values, *count + 1, sizeof **values);
    (*values)[(*count)++] = value;
}

static void take_option(struct reading *reading, const char *name, const char *value, unsigned line)
{
    struct config *config = reading->config;
    struct nearest nearest;
    int found = -1;

    nearest_begin(&nearest, name);
    for (int id = 0; id < OPTION_ID_COUNT; id++) {
        if (strcmp(option_info((enum option_id)id)->name, name) == 0)
            found = id;
        if (config_takes_option(id))
            nearest_try(&nearest, option_info((enum option_id)id)->name);
    }
    if (found < 0 && nearest.best != NULL)
        mistake(reading, line, "there is no option \"%.60s\": did you mean \"%s\"?", name, nearest.best);
    else if (found < 0)
        mistake(reading, line, "there is no option \"%.60s\"", name);
    else if (!config_takes_option(found))
        mistake(reading, line, "--%s is about one run: say it on the command line or in a plan", name);
    else
        add_value(
            &config->options, &config->option_count,
            (struct config_value){ found, NULL, mem_copy(value), mem_format("%s:%u: %s", reading->path, line, name) });
}

/* ---- allow ---- */

bool config_allows(char *const *allowed, size_t count, const char *host)
{
    size_t length = strlen(host);

    for (size_t i = 0; i < count; i++) {
        size_t tail = strlen(allowed[i]);

        if (strcasecmp(allowed[i], host) == 0)
            return true;
        if (allowed[i][0] == '*' && allowed[i][1] == '.' && length > tail - 1 &&
            strcasecmp(host + length - (tail - 1), allowed[i] + 1) == 0)
            return true;
    }
    return false;
}

static void take_allowed(struct reading *reading, const char *value, unsigned line)
{
    static const char separators[] = ", \t\n";
    struct config *config = reading->config;

    for (value += strspn(value, separators); *value != '\0'; value += strspn(value, separators)) {
        size_t length = strcspn(value, separators);

        if (memchr(value, '/', length) != NULL || (memchr(value, '*', length) != NULL && strncmp(value, "*.", 2) != 0))
            mistake(
                reading, line, "allow: a host such as api.example.com or *.example.com, got \"%.*s\"", (int)(length < 80 ? length : 80),
                value);
        config->allowed = mem_resize(config->allowed, config->allowed_count + 1, sizeof *config->allowed);
        config->allowed[config->allowed_count++] = mem_copy_n(value, length);
        value += length;
    }
}

/* ---- the file ---- */

static void on_section(void *user, const char *text, const struct ini_place *at)
{
    static const char *const names[] = { "options", "keys" };
    struct reading *reading = user;
    const char *near;

    reading->section = strcmp(text, "options") == 0 ? SECTION_OPTIONS : strcmp(text, "keys") == 0 ? SECTION_KEYS_OF_UI : SECTION_UNKNOWN;
    if (reading->section != SECTION_UNKNOWN)
        return;
    near = nearest_word(text, names, 2);
    mistake(
        reading, at->line, "there is no section [%.60s]%s%s%s", text,
        near != NULL ? ": did you mean [" : "; there are [options] and [keys]", near != NULL ? near : "", near != NULL ? "]?" : "");
}

static void on_pair(void *user, const char *key, const char *value, const struct ini_place *at)
{
    struct reading *reading = user;
    struct config *config = reading->config;

    if (reading->section == SECTION_UNKNOWN)
        return;
    if (reading->section != SECTION_KEYS_OF_UI && strcmp(key, "allow") == 0)
        take_allowed(reading, value, at->line);
    else if (reading->section == SECTION_OPTIONS)
        take_option(reading, key, value, at->line);
    else if (reading->section == SECTION_KEYS_OF_UI)
        add_value(
            &config->keys, &config->key_count,
            (struct config_value){ -1, mem_copy(key), mem_copy(value), mem_format("%s:%u: %s", reading->path, at->line, key) });
    else
        mistake(reading, at->line, "\"%.60s\" stands in no section: options belong to [options]", key);
}

static void on_mistake(void *user, const struct ini_place *at, const char *text)
{
    mistake(user, at->line, "%s", text);
}

int config_read(struct config *config, const char *path, const char *text, size_t length, struct error *err)
{
    static const struct ini_events events = { on_section, on_pair, on_mistake };
    struct reading reading = { .config = config, .path = path };
    int failed = 0;

    *config = (struct config){ 0 };
    buf_init(&reading.mistakes);
    ini_read(text, length, &events, &reading);
    if (reading.mistakes.length > 0)
        failed = error_set(err, EXIT_USAGE, "%.1900s", reading.mistakes.data);
    buf_release(&reading.mistakes);
    return failed;
}

int config_load(struct config *config, struct error *err)
{
    char path[4096], piece[4096];
    struct buf text;
    size_t got;
    FILE *file;
    int failed;

    *config = (struct config){ 0 };
    if (!config_path(path, sizeof path))
        return 0;
    file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT || errno == ENOTDIR ? 0 : error_set(err, EXIT_USAGE, "%.1000s: %s", path, strerror(errno));
    buf_init(&text);
    buf_add_text(&text, "");
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && text.length <= INI_TEXT_MAX)
        buf_add(&text, piece, got);
    if (ferror(file))
        failed = error_set(err, EXIT_USAGE, "%.1000s: cannot be read", path);
    else
        failed = config_read(config, path, text.data, text.length, err);
    fclose(file);
    buf_release(&text);
    return failed;
}

static void release_values(struct config_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(values[i].name);
        free(values[i].value);
        free(values[i].place);
    }
    free(values);
}

void config_release(struct config *config)
{
    release_values(config->options, config->option_count);
    release_values(config->keys, config->key_count);
    for (size_t i = 0; i < config->allowed_count; i++)
        free(config->allowed[i]);
    free(config->allowed);
    *config = (struct config){ 0 };
}
