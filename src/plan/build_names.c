/* What ${...} may name: -e, [secrets], [variables], and the names that extracts set. */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "journey.h"
#include "mem.h"

void build_environment(struct build *build)
{
    struct names *names = &build->names;

    for (int origin = ORIGIN_CONFIG; origin <= ORIGIN_FLAG; origin++)
        for (size_t i = 0; i < build->options.count; i++) {
            const struct option *option = &build->options.items[i];

            if (option->kind != OPTION_ENV || (int)option->setting.place.origin != origin)
                continue;
            names->environment = mem_resize(names->environment, names->environment_count + 1, sizeof *names->environment);
            names->environment[names->environment_count++] =
                (struct named_text){ mem_copy(option->setting.name), mem_copy(option->setting.value) };
        }
}

/* Says what is wrong with a name; true: nothing. */
static bool check_name(struct build *build, const struct setting *setting)
{
    char shown[SHOWN_SIZE];

    shown_value(shown, setting->name);
    if (!name_is_good(setting->name))
        mistake_at(
            &build->mistakes, &setting->place, setting->place.key_column, "\"%s\" is no name: letters, digits, _ and -, a letter first",
            shown);
    else if (name_is_reserved(setting->name))
        mistake_at(&build->mistakes, &setting->place, setting->place.key_column, "\"%s\" is a word of its own in ${...}", shown);
    else
        return true;
    return false;
}

/* ---- secrets ---- */

static void read_secret(struct build *build, const struct setting *setting)
{
    static const char *const sources[] = { "env", "file", "command" };
    size_t length = strcspn(setting->value, " \t");
    const char *argument = setting->value + length + strspn(setting->value + length, " \t");
    struct plan_secret *secret;
    uint32_t index;

    if (!check_name(build, setting))
        return;
    for (size_t i = 0; i < 3; i++) {
        if (strlen(sources[i]) != length || memcmp(sources[i], setting->value, length) != 0 || *argument == '\0')
            continue;
        index = names_secret(&build->names, setting->name);
        secret = &build->plan->secrets[index];
        secret->source = (enum secret_source)i;
        free(secret->argument);
        secret->argument = i == SECRET_FILE ? value_path(build, setting, argument) : mem_copy(argument);
        return;
    }
    /* what stands there may be the secret itself */
    value_mistake_about(build, setting, "expected %s (its text is not shown)", value_expected(VALUE_SECRET));
}

/* ---- variables ---- */

static void add_extracts(struct build *build)
{
    for (size_t i = 0; i < build->document.count; i++) {
        const struct section *section = &build->document.sections[i];

        for (size_t j = 0; j < section->count; j++)
            if (section->settings[j].key == KEY_REQUEST_EXTRACT && check_name(build, &section->settings[j]))
                names_add_variable(&build->names, section->settings[j].name);
    }
}

static void read_variable(struct build *build, const struct setting *setting)
{
    struct plan_text text;
    uint32_t slot;

    if (!check_name(build, setting))
        return;
    if (names_data(&build->names, setting->name) != PLAN_NONE)
        mistake_at(
            &build->mistakes, &setting->place, setting->place.key_column, "\"%.60s\" is the name of [data %.60s] too", setting->name,
            setting->name);
    if (!text_read(build, setting, TEMPLATE_PLAIN, &text)) {
        names_add_variable(&build->names, setting->name); /* so that its uses are no mistakes too */
        return;
    }
    if (plan_text_is_constant(&text) && names_variable(&build->names, setting->name) == PLAN_NONE &&
        (text.count == 0 || strlen(text.parts[0].bytes) == text.parts[0].length)) {
        names_add_constant(&build->names, setting->name, template_constant(&text, NULL));
        plan_text_release(&text);
        return;
    }
    slot = names_add_variable(&build->names, setting->name);
    build->plan->variables[slot].initial = mem_alloc(sizeof text);
    *build->plan->variables[slot].initial = text;
}

void build_variables(struct build *build)
{
    const struct section *secrets = document_find(&build->document, SECTION_SECRETS, NULL);
    const struct section *variables = document_find(&build->document, SECTION_VARIABLES, NULL);

    for (size_t i = 0; secrets != NULL && i < secrets->count; i++)
        read_secret(build, &secrets->settings[i]);
    add_extracts(build);
    for (size_t i = 0; variables != NULL && i < variables->count; i++)
        read_variable(build, &variables->settings[i]);
}
