/* The level of a scenario: how much load it wants at an instant of the plan clock, from its plan, its chaos and what people
 * changed. Pure; any thread. The control thread and every worker compute it alike. */
#ifndef ONAGER_LEVEL_H
#define ONAGER_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "onager/plan.h"
#include "onager/steering.h"

#endif
