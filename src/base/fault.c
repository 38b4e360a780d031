/* Names of the public vocabularies that more than one layer prints. */
#include "onager/fault.h"

static const struct {
    const char *name, *help, *advice;
} faults[FAULT_COUNT] = {
    [FAULT_NONE] = { "", "", "" },
#define FAULT(id, name, where, help, advice) [FAULT_##id] = { name, help, advice },
#include "onager/fault.def"
#undef FAULT
};

const char *fault_name(enum fault fault)
{
    return faults[fault].name;
}

const char *fault_help(enum fault fault)
{
    return faults[fault].help;
}

const char *fault_advice(enum fault fault)
{
    return faults[fault].advice;
}
