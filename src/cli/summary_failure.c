/* Why every request failed: the most frequent error in the words of a person, and what to do first. */
#include <stdio.h>
#include <string.h>

#include "onager/units.h"
#include "summary.h"

static const struct plan_request *request_of(const struct snapshot *s, uint32_t row)
{
    const struct plan *plan = s->plan;

    for (size_t i = 0; row < s->row_count && i < plan->request_count; i++)
        if (strcmp(plan->requests[i].name, s->rows[row].name) == 0)
            return &plan->requests[i];
    return plan->request_count > 0 ? &plan->requests[0] : NULL;
}

static void add_cause(struct buf *out, const struct snap_error *error, const char *server)
{
    switch (error->kind) {
    case FAULT_NONE:
        buf_addf(out, "status %u from %s", error->status, server);
        break;
    case FAULT_REFUSED:
        buf_addf(out, "connection refused by %s", server);
        break;
    case FAULT_RESET:
        buf_addf(out, "connection reset by %s", server);
        break;
    case FAULT_UNREACHABLE:
        buf_addf(out, "no route to %s", server);
        break;
    case FAULT_EMPTY_REPLY:
        buf_addf(out, "%s closed the connection without an answer", server);
        break;
    default:
        buf_addf(out, "%s, %s: %s", fault_name(error->kind), server, fault_help(error->kind));
        if (error->example != NULL && error->example[0] != '\0')
            buf_addf(out, " (%s)", error->example);
        break;
    }
}

bool summary_failure(struct buf *out, const struct snapshot *s)
{
    const struct snap_requests *r = &s->all.requests;
    uint64_t failed = snap_failed(r);
    const struct plan_request *request;
    char count[40], most[40], server[300];

    if (r->ok > 0 || failed == 0 || s->error_count == 0)
        return false;
    request = request_of(s, s->errors[0].row);
    if (request == NULL)
        return false;
    snprintf(server, sizeof server, strchr(request->host, ':') != NULL ? "[%s]:%u" : "%s:%u", request->host, (unsigned)request->port);
    if (failed == 1)
        buf_add_text(out, "the only request failed: ");
    else
        buf_addf(out, "all %s requests failed: ", units_format_count(count, sizeof count, failed));
    if (s->errors[0].count < failed)
        buf_addf(out, "%s times ", units_format_count(most, sizeof most, s->errors[0].count));
    add_cause(out, &s->errors[0], server);
    if (s->errors[0].kind == FAULT_REFUSED)
        buf_add_text(out, "\nis the server running? ");
    else if (s->errors[0].kind != FAULT_NONE)
        buf_addf(out, "\n%s\n", fault_advice(s->errors[0].kind));
    else
        buf_add_char(out, '\n');
    buf_addf(out, "curl -v %s shows more", request->url);
    return true;
}
