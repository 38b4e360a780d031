/* The model: which snapshot is shown, peaks, heat totals, byte rates and the state of the view. UI thread. */
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_cache.h"
#include "onager/units.h"

#define TOAST_NS (5 * NS_PER_S)
#define PEAK_SAMPLES 20 /* requests that a second needs before its p95 can be a peak */

void model_init(struct model *model, bool is_utf8)
{
    memset(model, 0, sizeof *model);
    model->is_utf8 = is_utf8;
    model->cache = calloc(1, sizeof *model->cache);
    if (model->cache == NULL)
        abort();
}

void model_release(struct model *model)
{
    free(model->cache);
    model->cache = NULL;
}

static void history_forget(struct model *model)
{
    memset(model->cache->columns, 0, sizeof model->cache->columns);
    memset(model->heat_total, 0, sizeof model->heat_total);
    model->cache->scanned = 0;
    model->rate_peak = model->p95_peak = (struct peak){ 0, SNAP_NONE };
}

/* Takes in the records that came since the last frame. */
static void history_scan(struct model *model)
{
    struct history_point point;
    struct history_row row;
    uint32_t bands[HISTORY_HEAT_BANDS];

    for (; model->cache->scanned < model->points; model->cache->scanned++) {
        size_t i = model->cache->scanned;
        double rate;

        if (!history_point(model->shown->history, i, &point) || !history_row(model->shown->history, i, 0, &row))
            break;
        rate = row.count / (double)(point.seconds > 0 ? point.seconds : 1);
        if (rate > model->rate_peak.value)
            model->rate_peak = (struct peak){ rate, point.at_ns };
        if (row.p95 != 0 && row.count >= PEAK_SAMPLES && (double)history_log_decode(row.p95) > model->p95_peak.value)
            model->p95_peak = (struct peak){ (double)history_log_decode(row.p95), point.at_ns };
        if (history_heat(model->shown->history, i, 0, bands))
            for (int band = 0; band < HISTORY_HEAT_BANDS; band++)
                model->heat_total[band] += bands[band];
    }
}

/* Bytes a second between this snapshot and one about 10 s older. */
static void bytes_note(struct model *model, const struct snapshot *s)
{
    struct model_cache *c = model->cache;
    const struct byte_note *oldest = NULL;
    struct byte_note note = { s->at_ns, s->all.requests.bytes_sent, s->all.requests.bytes_received };

    for (size_t i = 0; i < BYTE_NOTES; i++) {
        const struct byte_note *n = &c->bytes[(c->byte_next + i) % BYTE_NOTES];

        if (n->at_ns > 0 && n->at_ns + 10 * NS_PER_S >= s->at_ns && n->at_ns < s->at_ns) {
            oldest = n;
            break;
        }
    }
    model->sent_per_s = model->received_per_s = 0;
    if (oldest != NULL && note.sent >= oldest->sent && note.received >= oldest->received) {
        double seconds = (double)(s->at_ns - oldest->at_ns) / 1e9;

        model->sent_per_s = (double)(note.sent - oldest->sent) / seconds;
        model->received_per_s = (double)(note.received - oldest->received) / seconds;
    } else if (s->at_ns > 0) {
        model->sent_per_s = (double)note.sent * 1e9 / (double)s->at_ns;
        model->received_per_s = (double)note.received * 1e9 / (double)s->at_ns;
    }
    c->bytes[c->byte_next] = note;
    c->byte_next = (c->byte_next + 1) % BYTE_NOTES;
}

static void shown_changed(struct model *model)
{
    model->points = model->shown->history != NULL ? history_points(model->shown->history) : 0;
    if (model->points < model->cache->scanned)
        history_forget(model);
    history_scan(model);
}

void model_await_answer(struct model *model)
{
    const struct snapshot *s = model->live;

    model->view.awaits_answer = true;
    model->view.answer_after_ns = s->event_count > 0 ? s->events[s->event_count - 1].wall_ns : 0;
}

bool model_can_undo(const struct model *model, const struct snap_event *event)
{
    const struct snapshot *s = model->live;

    return s->undo_levels > 0 && s->change_count > 0 && event->kind == EVENT_COMMAND &&
           (s->state == RUN_RUNNING || s->state == RUN_PAUSED) && s->changes[s->change_count - 1].kind == CHANGE_STEER &&
           s->changes[s->change_count - 1].at_ns == event->at_ns;
}

/* What came of a command that was sent from here. */
static void answer_look(struct model *model, const struct snapshot *s)
{
    struct view *view = &model->view;

    for (size_t i = s->event_count; view->awaits_answer && i > 0 && s->events[i - 1].wall_ns > view->answer_after_ns; i--) {
        const struct snap_event *event = &s->events[i - 1];

        if ((event->kind != EVENT_COMMAND && event->kind != EVENT_WARNING) || strcmp(event->by, "onager") == 0)
            continue;
        view->awaits_answer = false;
        model_toast(
            model, event->kind == EVENT_WARNING ? ROLE_BAD : ROLE_TOAST, "%s%s", event->text,
            model_can_undo(model, event) ? ". u undoes it" : "");
    }
}

const struct snapshot *model_take(struct model *model, const struct snapshot *snapshot)
{
    const struct snapshot *old = model->live;
    bool is_new_run = old == NULL || old->run_number != snapshot->run_number;

    model->live = snapshot;
    if (is_new_run && old != NULL)
        model->view.awaits_answer = false;
    answer_look(model, snapshot);
    if (model->is_frozen)
        return old == model->shown ? NULL : old;
    if (is_new_run) {
        history_forget(model);
        memset(model->cache->bytes, 0, sizeof model->cache->bytes);
    }
    model->shown = snapshot;
    bytes_note(model, snapshot);
    shown_changed(model);
    return old;
}

const struct snapshot *model_freeze(struct model *model)
{
    if (model->shown != NULL)
        model->is_frozen = true;
    return NULL;
}

const struct snapshot *model_thaw(struct model *model)
{
    const struct snapshot *old = model->shown;

    if (!model->is_frozen)
        return NULL;
    model->is_frozen = false;
    model->shown = model->live;
    if (old->run_number != model->live->run_number)
        history_forget(model);
    shown_changed(model);
    return old == model->live ? NULL : old;
}

void model_toast(struct model *model, enum role role, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vsnprintf(model->view.toast, sizeof model->view.toast, format, list);
    va_end(list);
    model->view.toast_role = role;
    model->view.toast_until_ns = model->now_ns + TOAST_NS;
}

const char *model_toast_text(const struct model *model)
{
    return model->view.toast_until_ns > model->now_ns ? model->view.toast : NULL;
}

const struct snap_event *model_event(const struct model *model)
{
    const struct snapshot *s = model->shown;

    for (size_t i = s != NULL ? s->event_count : 0; i > 0; i--)
        if (s->events[i - 1].kind != EVENT_STATE)
            return &s->events[i - 1];
    return NULL;
}

static uint64_t row_weight(const struct snap_row *row)
{
    return row->duration.p95_ns == SNAP_NONE ? 0 : row->duration.p95_ns;
}

size_t model_rows_sorted(const struct model *model, size_t *indices, size_t count)
{
    const struct snapshot *s = model->shown;
    size_t used = 0;

    for (size_t i = 0; i < s->row_count; i++) { /* insertion: few rows are ever shown */
        size_t at = used;

        while (at > 0 && row_weight(&s->rows[indices[at - 1]]) < row_weight(&s->rows[i]))
            at--;
        if (at >= count)
            continue;
        if (used < count)
            used++;
        memmove(indices + at + 1, indices + at, (used - at - 1) * sizeof *indices);
        indices[at] = i;
    }
    return used;
}
