/* The model: what the screen shows, between the engine's snapshots and the panels. It holds the newest snapshot and, while
 * the view is frozen, the older one that is shown; turns the history into columns of equal width whose right edge is now;
 * finds peaks; and keeps the state of the view (toast, question, prompt, help). UI thread; draws nothing, sends nothing. */
#ifndef UI_MODEL_H
#define UI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/history.h"
#include "onager/snapshot.h"
#include "prompt.h"
#include "role.h"
#include "settings.h"

#define MODEL_MAX_COLUMNS 320

enum latency { LATENCY_MAX, LATENCY_P99, LATENCY_P95, LATENCY_P90, LATENCY_P50, LATENCY_COUNT };

/* Some seconds of the run. Columns begin at multiples of their width, so a column that is complete never changes. */
struct column {
    uint64_t at_ns;
    double seconds;       /* covered so far; 0: no data */
    double rate, missing; /* a second; missing: planned and not started */
    uint64_t count, failed;
    uint64_t latency_ns[LATENCY_COUNT]; /* SNAP_NONE: no request, or too few even with the columns before */
    unsigned dim;                       /* bit per enum latency: it took columns before this one to carry it */
    uint32_t vus;
};

struct peak {
    double value;
    uint64_t at_ns; /* SNAP_NONE: none yet */
};

enum question { QUESTION_NONE, QUESTION_QUIT, QUESTION_STOP, QUESTION_RERUN };

struct view {
    char toast[200];
    enum role toast_role;
    uint64_t toast_until_ns; /* monotonic; 0: none */
    enum question question;
    bool is_typing;
    char typed[PROMPT_SIZE];
    struct prompt prompt; /* what for */
    uint32_t aim;         /* of what changes the load: 1 + index of a scenario; 0: all */
    bool awaits_answer;   /* of the engine to a command: an event newer than this becomes a toast */
    uint64_t answer_after_ns;
    bool shows_help, explains, shows_settings;
    struct settings settings;
    int help_scroll;
    bool leaves_at_end; /* asked to leave when the run has ended */
};

struct model {
    const struct snapshot *live, *shown; /* NULL before the first; the same unless frozen */
    bool is_frozen;
    bool is_utf8;
    uint64_t now_ns, wall_ns; /* of this frame */
    size_t points;            /* of the history that the shown snapshot may see */
    struct peak rate_peak, p95_peak;
    uint64_t heat_total[HISTORY_HEAT_BANDS]; /* of the run up to `points` */
    double sent_per_s, received_per_s;       /* bytes over the last 10 s */
    struct view view;
    struct model_cache *cache; /* private */
};

void model_init(struct model *model, bool is_utf8);
void model_release(struct model *model);

/* A newer snapshot is there. The model borrows it until the caller takes it away again: returns the one that is no longer
 * needed (to be given back to the engine), or NULL. */
const struct snapshot *model_take(struct model *model, const struct snapshot *snapshot);
/* Freezes the view at what it shows, or lets it follow again; returns the snapshot no longer needed, or NULL. */
const struct snapshot *model_freeze(struct model *model);
const struct snapshot *model_thaw(struct model *model);

/* Seconds that a column of a graph of `columns` takes now: 1 and up; wide enough for 90 s or the whole run, at least 3 at the
 * longest where there is room. */
unsigned model_column_seconds(const struct model *model, int columns);

/* The newest `count` (at most MODEL_MAX_COLUMNS) columns of `seconds`; out[count - 1] holds now. */
void model_columns(struct model *model, unsigned seconds, int count, struct column *out);
/* The same for the p95 of one row: the median second of each column, weighted by requests; SNAP_NONE: none. */
void model_row_trend(const struct model *model, uint32_t row, unsigned seconds, int count, uint64_t *out);
/* One record of the history counted from now (0) backwards; false: before the run. */
bool model_record(const struct model *model, size_t back, struct history_point *point, struct history_row *row);

void model_toast(struct model *model, enum role role, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *model_toast_text(const struct model *model); /* NULL when there is none or it is too old */

/* A command was sent: the engine's event about it will be the toast. */
void model_await_answer(struct model *model);

/* The event to show on the event line: the newest that is not a mere change of state. NULL: none. */
const struct snap_event *model_event(const struct model *model);

/* The newest event of the live run is a change of the load that can be undone. */
bool model_can_undo(const struct model *model, const struct snap_event *event);

/* Rows of the shown snapshot, slowest p95 first; at most `count` indices. Returns how many. */
size_t model_rows_sorted(const struct model *model, size_t *indices, size_t count);

#endif
