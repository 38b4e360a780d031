/* What facts and header both say. */
#ifndef UI_PANEL_FACTS_H
#define UI_PANEL_FACTS_H

#include "onager/snapshot.h"

/* Requests a second that the plan wants now: arrivals of open scenarios and what the closed ones reach. 0: nothing planned. */
double panel_planned_rate(const struct snapshot *s);

/* Requests a second to show beside it: of the last 10 s, or of the last second where the plan's load moves (stages, chaos). */
double panel_rate(const struct snapshot *s);

#endif
