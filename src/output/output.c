/* The list of kinds of outputs, and all outputs of a plan together. */
#include "output.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "json.h"

static const struct output_ops *const kinds[] = { &output_json };

const struct output_ops *output_find(const char *kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i]->kind, kind) == 0)
            return kinds[i];
    return NULL;
}

int outputs_open(struct outputs *outputs, const struct plan *plan, struct error *err)
{
    *outputs = (struct outputs){ .items = mem_array(plan->output_count + 1, sizeof *outputs->items) };
    for (size_t i = 0; i < plan->output_count; i++) {
        struct output *output = &outputs->items[i];

        output->ops = output_find(plan->outputs[i].kind);
        output->path = plan->outputs[i].path;
        if (output->ops == NULL)
            return error_set(err, EXIT_PLAN, "there is no output of the kind \"%.60s\"", plan->outputs[i].kind);
        if (output->ops->open(output, err) != 0)
            return -1;
        outputs->count++;
    }
    return 0;
}

bool outputs_write_final(struct outputs *outputs, const struct snapshot *snapshot, struct buf *complaints)
{
    bool is_complete = true;

    for (size_t i = 0; i < outputs->count; i++) {
        struct error err = { 0 };

        if (outputs->items[i].ops->write_final(&outputs->items[i], snapshot, &err) == 0)
            continue;
        is_complete = false;
        buf_addf(complaints, "%s%s", complaints->length > 0 ? "\n" : "", err.text);
    }
    return is_complete;
}

void outputs_release(struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        outputs->items[i].ops->close(&outputs->items[i]);
    free(outputs->items);
    *outputs = (struct outputs){ 0 };
}

bool outputs_use_stdout(const struct outputs *outputs)
{
    for (size_t i = 0; i < outputs->count; i++)
        if (strcmp(outputs->items[i].path, "-") == 0)
            return true;
    return false;
}
