/* Texts with ${...} of settings: reading them with their place, and those that must be settled before the run. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "journey.h"
#include "mem.h"

struct plan_templates *templates_of(struct plan_request *request)
{
    if (request->templates == NULL)
        request->templates = mem_alloc(sizeof *request->templates);
    return request->templates;
}

void text_mistake(struct build *build, const struct setting *setting, size_t offset, const char *format, ...)
{
    char text[300];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (setting->place.origin != ORIGIN_PLAN) {
        mistake_at(&build->mistakes, &setting->place, 0, "%s: %s", setting->place.shown, text);
        return;
    }
    if (memchr(setting->value, '\n', offset) != NULL)
        offset = 0; /* lines of a value are not counted: where it begins */
    mistake_at(&build->mistakes, &setting->place, setting->place.column + (unsigned)offset, "%s", text);
}

bool text_read(struct build *build, const struct setting *setting, enum template_use use, struct plan_text *out)
{
    struct template_problem problem = { 0 };

    if (template_read(out, &build->names, setting->value, use, &problem))
        return true;
    text_mistake(build, setting, problem.offset, "%s", problem.text);
    return false;
}

static bool is_settled_early(enum section_kind kind, bool of_data)
{
    if (of_data)
        return kind == SECTION_DATA;
    return kind == SECTION_PLAN || kind == SECTION_HTTP || kind == SECTION_SCENARIO || kind == SECTION_THRESHOLDS || kind == SECTION_OUTPUT;
}

static bool is_read_later(enum plan_key_id key)
{
    return key == KEY_HTTP_HEADER || key == KEY_HTTP_USER || key == KEY_HTTP_BEARER;
}

static void expand(struct build *build, struct setting *setting)
{
    struct plan_text text;
    char *value;

    if (is_read_later(setting->key) || strstr(setting->value, "${") == NULL)
        return;
    setting->is_bad = !text_read(build, setting, TEMPLATE_PLAIN, &text);
    if (setting->is_bad)
        return;
    if (!plan_text_is_constant(&text)) {
        text_mistake(
            build, setting, (size_t)(strstr(setting->value, "${") - setting->value),
            "%s: ${...} must have one value for the whole run here", key_info(setting->key)->name);
        setting->is_bad = true;
    } else {
        value = mem_copy(template_constant(&text, NULL));
        free(setting->value);
        setting->value = value;
    }
    plan_text_release(&text);
}

void texts_expand(struct build *build, bool of_data)
{
    for (size_t i = 0; i < build->document.count; i++) {
        struct section *section = &build->document.sections[i];

        for (size_t j = 0; j < section->count && is_settled_early(section->kind, of_data); j++)
            expand(build, &section->settings[j]);
    }
}
