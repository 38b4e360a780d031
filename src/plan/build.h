/* Shared by the files that turn a document and options into a struct plan (build*.c). Main thread. */
#ifndef ONAGER_BUILD_H
#define ONAGER_BUILD_H

#include "buf.h"
#include "document.h"
#include "mistakes.h"
#include "names.h"
#include "onager/plan.h"
#include "options.h"
#include "plan_build.h"
#include "template.h"

struct build {
    struct document document;
    struct options options;
    struct mistakes mistakes;
    struct plan *plan;
    struct buf *notes; /* NULL allowed */
    const char *file;  /* NULL for a quick run */
    char *base_url;    /* of the plan, or NULL */
    struct names names;
    void (*on_built)(struct build *build, void *data); /* of a good plan, before the rest is released; NULL: nobody */
    void *data;
};

/* plan_build() that lets somebody look at what the plan was made of. */
struct plan *build_watched(
    const struct plan_request_by_user *from, struct buf *notes, void (*on_built)(struct build *build, void *data), void *data,
    struct error *err);

/* ---- values.c: the setting that counts, and reading it ---- */

/* What was said last in the order flag, environment, plan, config; NULL when nobody said anything. */
const struct setting *value_find(const struct build *build, const struct section *section, enum plan_key_id key);
enum plan_origin value_origin(const struct build *build, const struct section *section, enum plan_key_id key); /* ORIGIN_DEFAULT: nobody */

/* Each reads the setting that counts, else the default of plan_keys.def, into *out. false: neither is there, or it is a
 * mistake (said); *out is as it was. The key's type must be one the function is for. */
bool value_duration(struct build *build, const struct section *section, enum plan_key_id key, uint64_t *ns);
bool value_number(struct build *build, const struct section *section, enum plan_key_id key, uint64_t *number);
bool value_flag(struct build *build, const struct section *section, enum plan_key_id key, bool *is_yes);
bool value_choice(
    struct build *build, const struct section *section, enum plan_key_id key, const char *const *names, size_t count, size_t *choice);
char *value_text(struct build *build, const struct section *section, enum plan_key_id key); /* owned; NULL when there is none */

/* The setting of a request, else of [http]; the flag, the environment and the config file speak of [http]. *key says which. */
const struct setting *value_of_request(
    const struct build *build, const struct section *http, const struct section *section, enum plan_key_id general, enum plan_key_id own);

/* A file as a setting names it: one of the plan file is relative to it. Returns owned. */
char *value_path(const struct build *build, const struct setting *setting, const char *path);

/* "rate: expected a number and a unit such as 50/s, got "fast"", or "-r wants ...". */
void value_mistake(struct build *build, const struct setting *setting);
/* A mistake about a setting in the words given, wherever it was said; the value is fine by itself, so EXIT_PLAN. */
void value_mistake_about(struct build *build, const struct setting *setting, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- build_texts.c: texts with ${...} ---- */

/* The text of a setting. false: it is a mistake (said), *out is empty. */
bool text_read(struct build *build, const struct setting *setting, enum template_use use, struct plan_text *out);
/* A mistake at `offset` of the setting's value. */
void text_mistake(struct build *build, const struct setting *setting, size_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Replaces constant ${...} in the settings of sections whose values cannot vary in a run; those that vary are mistakes. of_data: of
 * [data NAME] alone, which stand before all other names but those of the environment. */
void texts_expand(struct build *build, bool of_data);

/* ---- one file each ---- */
void build_environment(struct build *build); /* build_names.c: -e; before the others */
void build_data(struct build *build);        /* build_data.c */
void build_variables(struct build *build);   /* build_names.c: secrets and variables; after the data */
void build_url(struct build *build, const struct section *section, struct plan_request *request);     /* build_target.c */
void build_body(struct build *build, const struct section *section, struct plan_request *request);    /* build_body.c; after the headers */
void build_answers(struct build *build, const struct section *section, struct plan_request *request); /* build_answers.c */
void build_flows(struct build *build);                                                                /* build_flow.c; after the requests */
void build_hooks(struct build *build);
struct plan_templates *templates_of(struct plan_request *request); /* made when there are none */
void build_requests(struct build *build);                          /* build_request.c */
void build_client(
    struct build *build, const struct section *http, const struct section *section,
    struct plan_request *request); /* build_client.c: what the HTTP client does with its answers */
/* build_transport.c: what carries it, and how it says who it is; after build_client() */
void build_transport(struct build *build, const struct section *http, const struct section *section, struct plan_request *request);
void build_cookies(struct build *build, const struct section *http);
/* build_connections.c: after the threads, which it may lower. */
void build_connections(struct build *build, const struct section *general, const struct section *http);
void build_scenarios(struct build *build); /* build_scenario.c; after the requests */
void build_load(struct build *build, const struct section *section, struct plan_scenario *scenario);     /* build_load.c */
void build_arrivals(struct build *build, const struct section *section, struct plan_scenario *scenario); /* build_arrivals.c */
/* The rate of "burst N every D"; false: that is not what arrivals says. */
bool build_burst(struct build *build, const struct section *section, struct rate *rate);
void build_mix(struct build *build, const struct section *section, struct plan_scenario *scenario);   /* build_mix.c */
void build_chaos(struct build *build, const struct section *section, struct plan_scenario *scenario); /* build_chaos.c; executor known */
void build_thresholds(struct build *build); /* build_threshold.c; after the scenarios */
void build_outputs(struct build *build);    /* build_output.c */
void build_safety(struct build *build);     /* build_safety.c; after the scenarios */

void build_tls(struct build *build);     /* build_tls.c */
void build_network(struct build *build); /* build_network.c; before the requests */

/* The worker threads of a plan on a machine with this many cores (PRODUCT: Defaults). */
unsigned build_thread_count(const struct plan *plan, unsigned cores);
/* max(50, 2 R) for an open model, within what the file limit leaves. */
uint64_t build_default_max_vus(const struct rate *rate, uint64_t file_limit);
bool is_http_token(const char *text);

#endif
