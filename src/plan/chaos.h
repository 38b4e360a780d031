/* Chaos as text: the presets, the noise and the hours of a plan file. Pure; any thread. */
#ifndef ONAGER_CHAOS_H
#define ONAGER_CHAOS_H

#include <stdbool.h>

#include "buf.h"
#include "onager/plan.h"

#define CHAOS_PRESETS 4
#define CHAOS_FACTOR_MAX_PPM UINT64_C(1000000000)      /* 1,000 */
extern const char *const chaos_presets[CHAOS_PRESETS]; /* none gentle moderate aggressive */

/* Preset `index`: everything but hours and apply, which become none and CHAOS_APPLY_VUS. Owns nothing yet. */
struct plan_chaos chaos_preset(size_t index);
void chaos_free(struct plan_chaos *chaos); /* NULL is allowed */

/* A decimal number of up to six digits behind the point, in millionths, e.g. "1.5"; the whole text. */
bool chaos_parse_ppm(const char *text, uint64_t *ppm);
/* "none", "spring 10%", "perlin 7.5%". */
bool chaos_parse_noise(const char *text, enum chaos_noise *noise, uint32_t *ppm);

/* What is wrong with a schedule, and at which byte of it. */
struct chaos_complaint {
    char text[160];
    size_t at;
};
/* "9-17 x1.5; 0-5 x0.3; 12-13 x2 priority 5": replaces chaos->hours. false and *complaint. */
bool chaos_parse_hours(struct plan_chaos *chaos, const char *text, struct chaos_complaint *complaint);

/* Lines of a plan file that give the same chaos again. */
void chaos_print(struct buf *out, const struct plan_chaos *chaos);

#endif
