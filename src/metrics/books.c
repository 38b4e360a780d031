/* The three books of a run, checked when it has ended: what was planned, what was sent, and that nothing was lost on the way
 * from the rows to the totals and to the history. (Samples lost between a worker and the merge: aggregate_add.) Control thread. */
#include "aggregate_internal.h"

#include <stdio.h>
#include <string.h>

static void broken(struct aggregate *a, const char *book, uint64_t left, uint64_t right)
{
    if (!a->books_balance)
        return; /* the first one is what to look at */
    a->books_balance = false;
    snprintf(a->books_text, sizeof a->books_text, "%s: %llu against %llu", book, (unsigned long long)left, (unsigned long long)right);
    a->reasons[VERDICT_BOOKS_REASON] = (struct reason_status){ .seconds = 1, .first_ns = a->tick.now_ns, .last_ns = a->tick.now_ns };
}

static void check_equal(struct aggregate *a, const char *book, uint64_t left, uint64_t right)
{
    if (left != right)
        broken(a, book, left, right);
}

static void check_iterations(struct aggregate *a)
{
    for (size_t s = 0; s < a->plan->scenario_count; s++) {
        const struct snap_iterations *it = &a->scenarios[s].iterations;

        check_equal(a, "iterations planned = started + dropped + cancelled", it->planned, it->started + it->dropped + it->cancelled);
        check_equal(a, "iterations started = completed + interrupted", it->started, it->completed + it->interrupted);
        check_equal(
            a, "iterations dropped = no_vu + stall + queue_full", it->dropped,
            it->dropped_no_vu + it->dropped_stall + it->dropped_queue_full);
    }
}

static void check_requests(struct aggregate *a)
{
    uint64_t sum = 0, statuses, errors;

    for (uint32_t r = 0; r <= a->row_count; r++) {
        const struct snap_requests *q = &a->rows[r].requests;

        errors = statuses = 0;
        for (unsigned f = 0; f < FAULT_COUNT; f++)
            errors += q->errors[f];
        for (size_t i = 0; i < a->rows[r].status_count; i++)
            statuses += a->rows[r].statuses[i].count;
        check_equal(a, "errors = sum of their kinds", q->errors_all, errors);
        check_equal(
            a, "requests = ok + failed status + errors + interrupted", q->total, q->ok + q->failed_status + errors + q->interrupted);
        check_equal(a, "durations of what was sent = sent - interrupted", a->rows[r].duration.count, q->sent - a->rows[r].interrupted_sent);
        check_equal(a, "answered requests = sum of the statuses", q->ok + q->failed_status, statuses);
        if (r > 0)
            sum += q->total;
    }
    check_equal(a, "requests of all = sum of the rows", a->rows[0].requests.total, sum);
    check_equal(a, "requests of all = sum of the seconds", a->rows[0].requests.total, a->history_requests);
}

void books_check(struct aggregate *a)
{
    check_iterations(a);
    check_requests(a);
}
