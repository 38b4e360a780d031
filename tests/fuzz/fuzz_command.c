/* Any bytes as a command: either a complaint in one line, or a command whose values are what a run can be told. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "onager/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char shop[] = "shop", api[] = "api v2";
    static struct plan_scenario scenarios[] = { { .name = shop }, { .name = api } };
    static const struct plan plan = { .scenarios = scenarios, .scenario_count = 2 };
    struct command command = { .scenario = 1 };
    struct error err = { 0 };
    char *line = mem_copy_n((const char *)data, size);

    if (onager_command_parse(&command, line, &plan, &err) != 0) {
        INVARIANT(err.exit_code == EXIT_USAGE && err.text[0] != '\0');
        free(line);
        return 0;
    }
    INVARIANT(err.exit_code == 0 && command.kind < COMMAND_COUNT && command.scenario <= plan.scenario_count);
    INVARIANT(memchr(command.text, '\0', sizeof command.text) != NULL);
    INVARIANT(command.kind != COMMAND_SET_RATE || (command.rate.count > 0 && command.rate.per_ns > 0));
    INVARIANT((command.kind != COMMAND_SCALE && command.kind != COMMAND_SPIKE) || command.factor_ppm > 0);
    free(line);
    return 0;
}
