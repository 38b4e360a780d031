/* Journeys: what a plan says about flows, data, values taken from answers and checks. Part of struct plan: immutable after the
 * check, read by every thread. */
#ifndef ONAGER_PLAN_FLOW_H
#define ONAGER_PLAN_FLOW_H

#include "onager/plan_text.h"

#define PLAN_NONE UINT32_MAX /* an index that is none */

/* A set of HTTP statuses below 1,024: bit status % 64 of word status / 64. */
#define PLAN_STATUS_WORDS 16

/* ---- values ---- */

/* A slot of every VU. A value stays, from iteration to iteration, until it is set anew. */
struct plan_variable {
    char *name;
    struct plan_text *initial; /* of [variables]: rendered at the start of each iteration, in the order of the table; NULL: only extracts
                                * set it. One that cannot change has no slot: it is part of the literals */
    bool is_of_setup;          /* an extract of [setup] sets it: every VU begins with the value that it had when setup ended */
};

enum secret_source { SECRET_ENVIRONMENT, SECRET_FILE, SECRET_COMMAND };

/* Its value is no part of the plan: secrets_resolve() asks for it when a run starts, check and inspect never do. */
struct plan_secret {
    char *name;
    enum secret_source source;
    char *argument; /* name of the variable, path (resolved), or command line for /bin/sh */
};

enum data_format { DATA_CSV, DATA_JSON, DATA_JSONL };

/* Which row an iteration gets, at its first use of the data set; all columns of an iteration come from one row.
 *
 *   SEQUENTIAL  the next one of the process, from the first again after the last
 *   RANDOM      any, each time
 *   SHUFFLE     each once in an order drawn from the seed, then again in another order
 *   UNIQUE      the next one of the process, none twice; when there is none left, the iteration does not take place and the scenarios
 *               that want one end with a clear line
 *   PER_VU      the VU's own: row (number of the VU - 1) modulo the rows */
enum data_mode { DATA_SEQUENTIAL, DATA_RANDOM, DATA_SHUFFLE, DATA_UNIQUE, DATA_PER_VU };

struct plan_data {
    char *name;
    char *file; /* resolved path; it existed and was readable when the plan was checked */
    enum data_format format;
    enum data_mode mode;
    char delimiter;  /* CSV: between fields, ',' unless told otherwise */
    bool has_header; /* CSV: the first row names the columns; else given_columns does */
    char **given_columns;
    size_t given_column_count;
    char **columns; /* those that the plan uses: TEXT_COLUMN counts them. JSON: members of the objects */
    size_t column_count;
};

/* ---- looking into an answer ---- */

enum json_step_kind {
    JSON_MEMBER, /* key */
    JSON_INDEX,  /* index; negative counts from the end */
    JSON_ANY,    /* [*]: one of the elements or members, drawn anew each time */
    JSON_LENGTH, /* .length, last: elements of an array, members of an object, characters of a string; a member of that name goes first */
};

struct json_step {
    enum json_step_kind kind;
    char *key;
    int64_t index;
};

/* "$.items[0].id"; no steps: the whole document. */
struct json_path {
    char *text;
    struct json_step *steps;
    size_t count;
};

struct regex; /* regex.h */

/* Where in an answer a value is. */
enum look_kind {
    LOOK_JSON,     /* path */
    LOOK_HEADER,   /* name: the first of that name, any case */
    LOOK_REGEX,    /* regex, in the body */
    LOOK_COOKIE,   /* name: as the answer sets it, else as the VU has it */
    LOOK_FORM,     /* name of a field in the HTML of the body: its value */
    LOOK_BODY,     /* all of it */
    LOOK_SIZE,     /* of the body, in bytes */
    LOOK_DURATION, /* of the exchange, in ms */
    LOOK_STATUS,   /* as a number */
    LOOK_TEXT,     /* text, rendered: not from the answer at all */
};

struct plan_look {
    enum look_kind kind;
    struct json_path path; /* JSON */
    char *name;            /* HEADER, COOKIE, FORM */
    char *pattern;         /* REGEX */
    struct regex *regex;   /* REGEX: the pattern, compiled */
    unsigned group;        /* REGEX: 0 is the whole match; 1 when the pattern has groups */
    struct plan_text text; /* TEXT */
};

struct plan_extract {
    char *name;
    uint32_t variable; /* slot that it sets */
    struct plan_look look;
    bool has_default;
    struct plan_text default_text; /* has_default: taken when there is nothing; else that is an error of the iteration, which ends */
};

enum test_operator {
    TEST_EXISTS,
    TEST_ABSENT,
    TEST_STATUSES, /* LOOK_STATUS alone: statuses */
    TEST_EQUAL,
    TEST_NOT_EQUAL,
    TEST_LESS,
    TEST_LESS_EQUAL,
    TEST_GREATER,
    TEST_GREATER_EQUAL,
    TEST_CONTAINS,
    TEST_NOT_CONTAINS,
    TEST_MATCHES, /* pattern */
    TEST_NOT_MATCHES,
};

/* A question with the answer yes or no: a check, a condition of while and if, the source of a rate. What does not exist (no such
 * member, not JSON, no answer at all) is yes for ABSENT, NOT_EQUAL, NOT_CONTAINS and NOT_MATCHES, else no. */
struct plan_test {
    char *source; /* as the plan says it: "duration < 300ms" */
    struct plan_look look;
    enum test_operator op;
    uint64_t statuses[PLAN_STATUS_WORDS];
    bool is_number; /* both sides are compared as numbers: `number`; what is none is unequal to and neither less nor greater than it */
    double number;  /* DURATION: ms, SIZE: bytes */
    struct plan_text operand; /* EQUAL .. NOT_CONTAINS unless is_number. LESS .. GREATER_EQUAL of a text that varies: as numbers */
    char *pattern;            /* MATCHES, NOT_MATCHES */
    struct regex *regex;
};

struct plan_check {
    char *name;
    uint32_t number; /* unique in the plan, below plan.check_count */
    struct plan_test test;
    bool stop_on_fail; /* a fail ends the iteration, as failed */
};

enum custom_kind { CUSTOM_TREND, CUSTOM_COUNTER, CUSTOM_GAUGE, CUSTOM_RATE };

/* A metric of the plan's own. */
struct plan_metric {
    char *name;
    enum custom_kind kind;
    bool is_time; /* all its sources are durations: values are ms */
};

/* What an answer adds to a metric. What is not there or is no number adds nothing. */
struct plan_measure {
    uint32_t metric;       /* index in plan.metrics */
    char *source;          /* as the plan says it: "trend json $.items.length" */
    struct plan_look look; /* TREND, COUNTER, GAUGE: its value as a number */
    struct plan_test test; /* RATE: yes adds to both, no to the whole */
};

/* ---- what is sent, where it varies ---- */

enum body_coding { CODING_NONE, CODING_GZIP, CODING_DEFLATE, CODING_BR, CODING_ZSTD };

/* Of a request with ${...} that are not constant; each text is complete (query., form., multipart and json are worked in). One that
 * is constant is in struct plan_request as ever, and NULL here. */
struct plan_templates {
    struct plan_text *target;   /* begins with '/' when its first part is a literal; else that is up to the value: an absolute URL of the
                                 * request's own origin counts as its target, any other origin is a fault */
    struct plan_text **headers; /* NULL: all are constant; else one per plan_request.headers, NULL where that is constant */
    struct plan_text *body;
    struct plan_text *user, *bearer;
    bool is_fixed; /* nothing varies but secrets: can be rendered once when the run starts, and is constant from there on */
};

/* ---- flows ---- */

enum think_kind { THINK_CONSTANT, THINK_UNIFORM, THINK_EXPONENTIAL, THINK_NORMAL };

/* CONSTANT a; UNIFORM a..b; EXPONENTIAL mean a, at most b (20 times the mean); NORMAL mean a, standard deviation b, below 0 drawn again. */
struct plan_think {
    enum think_kind kind;
    uint64_t a_ns, b_ns;
};

/* A flow is a program without recursion. `jump` is an index in flow.steps; execution goes on with the next step unless said.
 *
 *   REQUEST      sends uses[use], looks at its answer, goes on when that is done
 *   THINK        waits; not part of any duration but that of groups and of the iteration
 *   GROUP        group[depth] of the VU begins now: measured as group_duration of `group` at its end. Requests know their group by `use`
 *   GROUP_END    of the group at `depth`
 *   REPEAT       counters[slot] = count; count is at least 1
 *   REPEAT_END   --counters[slot] > 0: jump (the first step of the body)
 *   WHILE_BEGIN  counters[slot] = count, the most rounds
 *   WHILE        counters[slot] == 0 or test is no: jump (behind WHILE_END), else --counters[slot]
 *   WHILE_END    jump (the WHILE)
 *   IF           test is no: jump (the else branch, or behind the end)
 *   JUMP         jump
 *   PARALLEL     starts the next `count` steps, all of them REQUEST, at once; goes on at jump when every one is done
 *   END          the iteration is complete; always the last step, and nowhere else
 *
 * An iteration that ends early (a failed extraction, stop_on_fail) ends its open groups with it. */
enum step_kind {
    STEP_REQUEST,
    STEP_THINK,
    STEP_GROUP,
    STEP_GROUP_END,
    STEP_REPEAT,
    STEP_REPEAT_END,
    STEP_WHILE_BEGIN,
    STEP_WHILE,
    STEP_WHILE_END,
    STEP_IF,
    STEP_JUMP,
    STEP_PARALLEL,
    STEP_END,
};

struct plan_step {
    enum step_kind kind;
    uint32_t jump;
    uint32_t use;   /* REQUEST: index in flow.uses */
    uint32_t group; /* GROUP, GROUP_END: index in plan.groups */
    uint32_t depth; /* GROUP, GROUP_END: below flow.depth_max */
    uint32_t slot;  /* loops: below flow.counter_count */
    uint32_t count;
    struct plan_think think;
    struct plan_test *test; /* WHILE, IF; owned */
};

/* A request in a group: with the scenario, a row of the results. */
struct plan_use {
    uint32_t request; /* index in plan.requests */
    uint32_t group;   /* index in plan.groups; 0 is no group */
};

struct plan_flow {
    char *name; /* NULL: [setup] or [teardown] */
    struct plan_step *steps;
    size_t step_count;     /* at least 2 */
    struct plan_use *uses; /* each once */
    size_t use_count;
    uint32_t counter_count; /* counters that a VU needs */
    uint32_t depth_max;     /* groups open at once */
    uint32_t parallel_max;  /* requests under way at once; at least 1 */
};

/* [setup] and [teardown]: run once by a VU of their own, number 0, before and after everything else. */
struct plan_stage_flow {
    struct plan_flow *flow; /* NULL: there is none */
    uint64_t timeout_ns;
};

/* Commands that a run starts, each by /bin/sh -c in the directory of the plan; NULL where there is none. */
struct plan_hooks {
    char *start;  /* before the first request, setup included */
    char *end;    /* after everything, teardown included */
    char *failed; /* like end, but only when the exit code is not 0; before `end` */
};

const char *look_kind_name(enum look_kind kind);     /* "json" */
const char *custom_kind_name(enum custom_kind kind); /* "trend" */
const char *data_mode_name(enum data_mode mode);     /* "per-vu" */
const char *data_format_name(enum data_format format);
const char *body_coding_name(enum body_coding coding); /* as in Content-Encoding; "" for NONE */

#endif
