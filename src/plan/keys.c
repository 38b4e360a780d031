/* Looking up sections and keys. Knows their names, not what they mean. */
#include "keys.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "nearest.h"

static const struct plan_key keys[KEY_COUNT] = {
#define PLAN_KEY(id, section, key, type, initial, help) [KEY_##id] = { SECTION_##section, key, VALUE_##type, initial, help },
#include "plan_keys.def"
#undef PLAN_KEY
};

static const struct section_info sections[SECTION_COUNT] = {
    [SECTION_PLAN] = { "plan", false, "the plan as a whole" },
    [SECTION_HTTP] = { "http", false, "defaults of all requests" },
    [SECTION_DNS] = { "dns", false, "names of hosts and their addresses" },
    [SECTION_VARIABLES] = { "variables", false, "values that ${...} puts into texts, each made anew for every iteration" },
    [SECTION_SECRETS] = { "secrets", false, "where the values of ${secret:NAME} come from when a run starts" },
    [SECTION_DATA] = { "data", true, "rows of a file; ${NAME.COLUMN} is a value of the row that an iteration has" },
    [SECTION_REQUEST] = { "request", true, "one request; its name is a row of the results" },
    [SECTION_FLOW] = { "flow", true, "what a virtual user does in an iteration, step by step" },
    [SECTION_SETUP] = { "setup", false, "a flow that runs once before everything; what it extracts, every VU begins with" },
    [SECTION_TEARDOWN] = { "teardown", false, "a flow that runs once after everything" },
    [SECTION_SCENARIO] = { "scenario", true, "a load: who starts how many iterations, and when" },
    [SECTION_THRESHOLDS] = { "thresholds", false, "limits that decide whether the run passed" },
    [SECTION_OUTPUT] = { "output", true, "where results are written; the name is the kind" },
    [SECTION_HOOKS] = { "hooks", false, "commands that a run starts" },
    [SECTION_SAFETY] = { "safety", false, "what protects the server and others: limits, and what ends or interrupts a run" },
};

const char *const tls_version_names[5] = { NULL, "1.0", "1.1", "1.2", "1.3" };

const struct plan_key *key_info(enum plan_key_id id)
{
    return &keys[id];
}

const struct section_info *section_info(enum section_kind kind)
{
    return &sections[kind];
}

const char *value_expected(enum value_type type)
{
    static const char *const texts[] = {
#define VALUE_TYPE(id, expected) [VALUE_##id] = expected,
        VALUE_TYPES
#undef VALUE_TYPE
    };
    return texts[type];
}

int section_find(const char *name)
{
    for (int i = 0; i < SECTION_COUNT; i++)
        if (strcmp(sections[i].name, name) == 0)
            return i;
    return -1;
}

static int find_exact(enum section_kind section, const char *key, const char **name)
{
    for (int i = 0; i < KEY_COUNT; i++) {
        size_t length = strlen(keys[i].name);

        if (keys[i].section != section)
            continue;
        *name = NULL;
        if (strcmp(keys[i].name, key) == 0 && keys[i].name[length - 1] != '.')
            return i;
        if (strcmp(keys[i].name, "*") == 0) {
            *name = key;
            return i;
        }
        if (keys[i].name[length - 1] == '.' && strncmp(key, keys[i].name, length) == 0 && key[length] != '\0') {
            *name = key + length;
            return i;
        }
    }
    return -1;
}

/* preAllocatedVUs -> pre_allocated_vus. false: it is not such a word. */
static bool from_camel_case(char *out, size_t size, const char *key)
{
    size_t used = 0;

    for (const char *p = key; *p != '\0'; p++) {
        if (used + 3 > size || !isalnum((unsigned char)*p))
            return false;
        if (isupper((unsigned char)*p) && p > key && islower((unsigned char)p[-1]))
            out[used++] = '_';
        out[used++] = (char)tolower((unsigned char)*p);
    }
    out[used] = '\0';
    return islower((unsigned char)key[0]);
}

int key_find(enum section_kind section, const char *key, const char **name)
{
    char spelled[64];
    int id = find_exact(section, key, name);

    if (id < 0 && section == SECTION_SCENARIO && from_camel_case(spelled, sizeof spelled, key)) {
        id = find_exact(section, spelled, name);
        *name = NULL;
    }
    return id;
}

const char *key_nearest(enum section_kind section, const char *key)
{
    size_t prefix = strcspn(key, ".");
    struct nearest nearest;

    nearest_begin(&nearest, key);
    for (int i = 0; i < KEY_COUNT; i++) {
        size_t length = strlen(keys[i].name);

        if (keys[i].section != section || strcmp(keys[i].name, "*") == 0)
            continue;
        if (keys[i].name[length - 1] != '.')
            nearest_try(&nearest, keys[i].name);
        else if (prefix + 1 == length && strncmp(key, keys[i].name, prefix) == 0)
            return keys[i].name; /* "header" without a name */
        else if (key[prefix] == '.' && prefix > 1 && strncmp(key, keys[i].name, prefix - 1) == 0 && prefix + 3 > length)
            return keys[i].name; /* "headers.Accept", "tag.team" */
    }
    return nearest.best;
}
