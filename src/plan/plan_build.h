/* From what a person said (a URL or a plan file, options, environment, config) to a checked struct plan. Main thread.
 * Opening and checking never executes anything and never touches the network. */
#ifndef ONAGER_PLAN_BUILD_H
#define ONAGER_PLAN_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "onager/error.h"
#include "onager/plan.h"

struct plan_override {  /* one option; later entries do not win by order but by origin */
    const char *option; /* long name without dashes as in args.def: "vus", "rate", "header", "threshold", "out" */
    const char *value;
    enum plan_origin origin; /* ORIGIN_CONFIG, ORIGIN_ENVIRONMENT, ORIGIN_FLAG */
    const char *shown;       /* how the person wrote it, for messages: "-c", "--vus", "ONAGER_VUS" */
};
struct plan_request_by_user {
    const char *target; /* URL, host:port/path, or a plan file; looked up in that order by plan_target_kind() */
    const struct plan_override *overrides;
    size_t override_count;
};
enum plan_target_kind { TARGET_URL, TARGET_FILE };
/* NULL and *err (EXIT_USAGE or EXIT_PLAN; for a plan file every mistake, a line each, and "3 mistakes in shop.ini").
 * notes: lines for stderr, e.g. "no scheme given, taking http://localhost:8080/\n50/s for 30s with up to 50 VUs; -c, -r, -d change it". */
struct plan *plan_build(const struct plan_request_by_user *from, struct buf *notes, struct error *err);

/* The same from text that is already there; `file` names it in messages and is where body_file looks. */
struct plan *plan_build_text(
    const struct plan_request_by_user *from, const char *file, const char *text, size_t length, struct buf *notes, struct error *err);

/* One iteration of one VU in every scenario. Before an engine has the plan. */
void plan_make_once(struct plan *plan);

/* What a target is: an existing file or a name that ends like one, else a URL. */
enum plan_target_kind plan_target_kind(const char *target);

/* Whether a plan has this option (long name without dashes); what it does not take is the caller's own. */
bool plan_takes_option(const char *option);

#endif
