/* The names that ${...} may use. Tables are small and looked through from the front. */
#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static const char *const own_words[] = { "vu", "iteration", "scenario" };

static void release_texts(struct named_text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(texts[i].name);
        free(texts[i].value);
    }
    free(texts);
}

void names_release(struct names *names)
{
    release_texts(names->constants, names->constant_count);
    release_texts(names->environment, names->environment_count);
    for (size_t i = 0; i < names->column_count; i++) {
        for (size_t j = 0; j < names->columns[i].count; j++)
            free(names->columns[i].names[j]);
        free(names->columns[i].names);
    }
    free(names->columns);
    *names = (struct names){ 0 };
}

bool name_is_good(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_')
        return false;
    for (size_t i = 0; name[i] != '\0'; i++)
        if (i == 60 || (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '-'))
            return false;
    return true;
}

bool name_is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof own_words / sizeof own_words[0]; i++)
        if (strcmp(name, own_words[i]) == 0)
            return true;
    for (int kind = 0; kind < GENERATOR_COUNT; kind++)
        if (strcmp(name, generator_name((enum generator_kind)kind)) == 0)
            return true;
    return false;
}

static const char *find_text(const struct named_text *texts, size_t count, const char *name)
{
    for (size_t i = count; i-- > 0;)
        if (strcmp(texts[i].name, name) == 0)
            return texts[i].value;
    return NULL;
}

void names_add_constant(struct names *names, const char *name, const char *value)
{
    names->constants = mem_resize(names->constants, names->constant_count + 1, sizeof *names->constants);
    names->constants[names->constant_count++] = (struct named_text){ mem_copy(name), mem_copy(value) };
}

const char *names_constant(const struct names *names, const char *name)
{
    return find_text(names->constants, names->constant_count, name);
}

const char *names_environment(const struct names *names, const char *name)
{
    const char *own = find_text(names->environment, names->environment_count, name);

    return own != NULL ? own : getenv(name);
}

uint32_t names_variable(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->plan->variable_count; i++)
        if (strcmp(names->plan->variables[i].name, name) == 0)
            return (uint32_t)i;
    return PLAN_NONE;
}

uint32_t names_add_variable(struct names *names, const char *name)
{
    struct plan *plan = names->plan;
    uint32_t slot = names_variable(names, name);

    if (slot != PLAN_NONE)
        return slot;
    plan->variables = mem_resize(plan->variables, plan->variable_count + 1, sizeof *plan->variables);
    plan->variables[plan->variable_count] = (struct plan_variable){ .name = mem_copy(name) };
    return (uint32_t)plan->variable_count++;
}

uint32_t names_data(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->plan->data_count; i++)
        if (strcmp(names->plan->data[i].name, name) == 0)
            return (uint32_t)i;
    return PLAN_NONE;
}

uint32_t names_column(struct names *names, uint32_t data, const char *column)
{
    struct plan_data *set = &names->plan->data[data];
    const struct known_columns *known = &names->columns[data];
    bool is_known = !known->is_complete;

    for (size_t i = 0; i < set->column_count; i++)
        if (strcmp(set->columns[i], column) == 0)
            return (uint32_t)i;
    for (size_t i = 0; i < known->count && !is_known; i++)
        is_known = strcmp(known->names[i], column) == 0;
    if (!is_known)
        return PLAN_NONE;
    set->columns = mem_resize(set->columns, set->column_count + 1, sizeof *set->columns);
    set->columns[set->column_count] = mem_copy(column);
    return (uint32_t)set->column_count++;
}

uint32_t names_secret(struct names *names, const char *name)
{
    struct plan *plan = names->plan;

    for (size_t i = 0; i < plan->secret_count; i++)
        if (strcmp(plan->secrets[i].name, name) == 0)
            return (uint32_t)i;
    plan->secrets = mem_resize(plan->secrets, plan->secret_count + 1, sizeof *plan->secrets);
    plan->secrets[plan->secret_count] = (struct plan_secret){ mem_copy(name), SECRET_ENVIRONMENT, mem_copy(name) };
    return (uint32_t)plan->secret_count++;
}

/* nearest_try() borrows, so columns are tried by the name of the set and shown by the caller as they were typed. */
void names_try(const struct names *names, struct nearest *nearest)
{
    for (size_t i = 0; i < names->constant_count; i++)
        nearest_try(nearest, names->constants[i].name);
    for (size_t i = 0; i < names->plan->variable_count; i++)
        nearest_try(nearest, names->plan->variables[i].name);
    for (size_t i = 0; i < sizeof own_words / sizeof own_words[0]; i++)
        nearest_try(nearest, own_words[i]);
    for (int kind = 0; kind < GENERATOR_COUNT; kind++)
        nearest_try(nearest, generator_name((enum generator_kind)kind));
}
