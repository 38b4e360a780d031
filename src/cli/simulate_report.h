/* A forecast for people and for programs. Pure. */
#ifndef ONAGER_SIMULATE_REPORT_H
#define ONAGER_SIMULATE_REPORT_H

#include "buf.h"
#include "onager/forecast.h"

/* columns: of the lines, at least 40. */
void simulate_text(struct buf *out, const struct plan *plan, const struct forecast *forecast, size_t columns, bool utf8);
void simulate_csv(struct buf *out, const struct forecast *forecast);
void simulate_json(struct buf *out, const struct plan *plan, const struct forecast *forecast, uint64_t start_wall_ns);

#endif
