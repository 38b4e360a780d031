/* The variables and rows of a VU. */
#include "values.h"

#include <stdlib.h>

#include "mem.h"

void values_init(struct values *values, const struct journey_shared *shared)
{
    const struct plan *plan = shared->plan;

    values->variables = mem_array(plan->variable_count, sizeof *values->variables);
    values->rows = mem_array(plan->data_count, sizeof *values->rows);
    for (size_t i = 0; i < plan->data_count; i++)
        values->rows[i].row.fields = mem_array(plan->data[i].column_count, sizeof(struct csv_field));
    for (size_t i = 0; i < plan->variable_count; i++)
        if (plan->variables[i].is_of_setup && shared->setup_values != NULL && shared->setup_values[i].length > 0)
            buf_add(&values->variables[i], shared->setup_values[i].data, shared->setup_values[i].length);
}

void values_release(struct values *values, const struct plan *plan)
{
    for (size_t i = 0; i < plan->variable_count; i++)
        buf_release(&values->variables[i]);
    for (size_t i = 0; i < plan->data_count; i++) {
        buf_release(&values->rows[i].row.values);
        free(values->rows[i].row.fields);
    }
    free(values->variables);
    free(values->rows);
}

void values_begin(struct values *values, const struct plan *plan)
{
    for (size_t i = 0; i < plan->data_count; i++)
        values->rows[i].has_row = false;
}

void values_keep(const struct values *values, const struct journey_shared *shared)
{
    for (size_t i = 0; i < shared->plan->variable_count; i++) {
        buf_clear(&shared->setup_values[i]);
        if (values->variables[i].length > 0)
            buf_add(&shared->setup_values[i], values->variables[i].data, values->variables[i].length);
    }
}
