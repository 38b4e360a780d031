/* Kinds of transport errors (fault.def). A fault is data of a request, never a struct error. */
#ifndef ONAGER_FAULT_H
#define ONAGER_FAULT_H

enum fault {
    FAULT_NONE,
#define FAULT(id, name, where, help, advice) FAULT_##id,
#include "onager/fault.def"
#undef FAULT
    FAULT_COUNT
};

const char *fault_name(enum fault fault);   /* "refused"; "" for FAULT_NONE; static storage */
const char *fault_help(enum fault fault);   /* one sentence; static storage */
const char *fault_advice(enum fault fault); /* what to look at first; static storage */

#endif
