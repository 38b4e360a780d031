/* Numbers as the screens write them, on top of onager/units.h. Pure. */
#ifndef UI_FORMAT_H
#define UI_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/snapshot.h"
#include "onager/units.h"
#include "role.h"

#define FORMAT_SIZE 48

/* A quantile with "~" in front when the samples carry it only about, "-" when they do not. *role becomes ROLE_DIM then. */
char *format_quantile(char out[FORMAT_SIZE], uint64_t ns, uint64_t count, double q, bool utf8, enum role *role);
/* Wall clock of the machine's zone: "14:02:31", with_zone "14:02:31 UTC". */
char *format_wall(char out[FORMAT_SIZE], uint64_t wall_ns, bool with_zone);
/* Share of spare of a threshold: "80 %", tight "80%"; "-" without meaning. */
char *format_spare(char out[FORMAT_SIZE], double margin, bool tight);
/* Value of a threshold in the unit of its metric. */
char *format_threshold_value(char out[FORMAT_SIZE], const struct snap_threshold *threshold, bool utf8);
/* Short word for an error: "503", "timeout", "reset". */
char *format_error(char out[FORMAT_SIZE], const struct snap_error *error, bool is_short);
const char *format_reason(unsigned status); /* "Service Unavailable"; "" when not known */

enum role format_threshold_role(const struct snap_threshold *threshold);
const char *format_threshold_mark(const struct snap_threshold *threshold); /* one column */

#endif
