/* Exchanges as text: "> " before what was sent, "< " before what came. */
#include "http_debug.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clock.h"
#include "onager/text.h"
#include "vu.h"

#define BODY_SHOWN (64U << 10)

static bool is_secret(const char *line, size_t length)
{
    static const char *const names[] = {
        "Authorization:", "Proxy-Authorization:", "Cookie:", "Set-Cookie:", "X-Api-Key:", "X-Auth-Token:"
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (length >= strlen(names[i]) && strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* What may be shown of it: control characters as escapes, whatever its length. */
static void add_clean(struct buf *out, const char *text, size_t length)
{
    buf_reserve(out, 4 * length + 8);
    text_sanitize(out->data + out->length, 4 * length + 8, text, length, 4 * length + 8, true);
    out->length += strlen(out->data + out->length);
}

static void add_line(struct buf *out, const char *mark, const char *line, size_t length)
{
    buf_add_text(out, mark);
    if (is_secret(line, length)) {
        size_t name = (size_t)((const char *)memchr(line, ':', length) - line) + 1;

        add_clean(out, line, name);
        buf_add_text(out, " [redacted]");
    } else {
        add_clean(out, line, length);
    }
    buf_add_char(out, '\n');
}

void http_debug_head(struct buf *out, const char *head, size_t length, const char *mark)
{
    while (length > 0) {
        const char *end = memchr(head, '\n', length);
        size_t line = end != NULL ? (size_t)(end - head) : length;

        add_line(out, mark, head, line > 0 && head[line - 1] == '\r' ? line - 1 : line);
        length -= end != NULL ? line + 1 : line;
        head += end != NULL ? line + 1 : line;
    }
}

static bool is_text(const char *body, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t taken = text_decode(body + i, length - i, &code);

        if (taken == 0 || (code < ' ' && code != '\t' && code != '\n' && code != '\r'))
            return false;
        i += taken;
    }
    return true;
}

static void add_body(struct buf *out, const char *body, size_t length, uint64_t total, const char *mark)
{
    size_t shown = length < BODY_SHOWN ? length : BODY_SHOWN;

    if (total == 0)
        return;
    if (!is_text(body, shown)) {
        buf_addf(out, "%s(%llu bytes that are no text)\n", mark, (unsigned long long)total);
        return;
    }
    while (shown > 0) {
        const char *end = memchr(body, '\n', shown);
        size_t line = end != NULL ? (size_t)(end - body) : shown;

        buf_add_text(out, mark);
        add_clean(out, body, line > 0 && body[line - 1] == '\r' ? line - 1 : line);
        buf_add_char(out, '\n');
        shown -= end != NULL ? line + 1 : line;
        body += end != NULL ? line + 1 : line;
    }
    if (total > BODY_SHOWN)
        buf_addf(out, "%s(%llu bytes in all)\n", mark, (unsigned long long)total);
}

static void write_out(struct http_debug *debug)
{
    const char *at;
    size_t left;

    buf_clear(&debug->clean);
    secrets_redact(debug->shared->secrets, &debug->clean, debug->text.data, debug->text.length);
    buf_clear(&debug->text);
    at = debug->clean.data;
    left = debug->clean.length;
    while (left > 0) {
        ssize_t n = write(debug->fd, at, left);

        if (n < 0 && errno != EINTR)
            return; /* whoever read it is gone */
        at += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
}

static void add_request(struct http_debug *debug, const struct kit *kit)
{
    const struct net_request *request = kit->operation.exchange.request;

    http_debug_head(&debug->text, request->bytes, request->head_length - 2, "> ");
    if (!debug->is_full)
        return;
    buf_add_text(&debug->text, ">\n");
    if (request->file != NULL)
        buf_addf(&debug->text, "> (%llu bytes of a file)\n", (unsigned long long)(request->length - request->head_length));
    else
        add_body(
            &debug->text, request->bytes + request->head_length, request->stored_length - request->head_length,
            request->stored_length - request->head_length, "> ");
}

static void add_answer(struct http_debug *debug, const struct kit *kit)
{
    const struct exchange *x = &kit->operation.exchange;
    const struct buf *fields = &kit->keep.fields;
    const char *end = fields->data + fields->length;

    if (x->fault != FAULT_NONE && x->status == 0) {
        buf_addf(&debug->text, "< %s: ", fault_name(x->fault));
        add_clean(&debug->text, x->detail, strlen(x->detail));
        buf_add_char(&debug->text, '\n');
        return;
    }
    buf_addf(&debug->text, "< HTTP %u (%.1fms)\n", x->status, (double)(x->stamps[STAMP_END] - x->stamps[STAMP_TLS_DONE]) / 1e6);
    for (const char *at = fields->data; fields->length > 0 && at < end; at += strlen(at) + 1)
        add_line(&debug->text, "< ", at, strlen(at));
    if (!debug->is_full)
        return;
    buf_add_text(&debug->text, "<\n");
    add_body(&debug->text, kit->keep.bytes.data, kit->keep.bytes.length, kit->keep.total_bytes, "< ");
}

static void on_exchange(struct journey_listener *listener, const struct kit *kit, unsigned end)
{
    struct http_debug *debug = (struct http_debug *)listener;
    const struct values *values = &kit->journey->values;
    const char *group = plan_group(debug->shared->plan, kit->use->group);

    buf_addf(
        &debug->text, "--- %s, VU %llu, iteration %llu: %s%s%s%s\n", values->scenario, (unsigned long long)values->vu,
        (unsigned long long)values->iteration, kit->use->plan->name, group[0] != '\0' ? " in " : "", group,
        (end & EXCHANGE_RETRIED) != 0    ? " (to be sent again)"
        : (end & EXCHANGE_FOLLOWED) != 0 ? " (to be followed)"
                                         : "");
    add_request(debug, kit);
    add_answer(debug, kit);
    write_out(debug);
}

static void on_value(struct journey_listener *listener, const char *name, const struct buf *value)
{
    struct http_debug *debug = (struct http_debug *)listener;

    buf_addf(&debug->text, "  %s ", name);
    if (value == NULL) {
        buf_add_text(&debug->text, "is not there\n");
    } else {
        buf_add_text(&debug->text, "= ");
        add_clean(&debug->text, value->data != NULL ? value->data : "", value->length < 200 ? value->length : 200);
        buf_addf(&debug->text, "%s\n", value->length > 200 ? "..." : "");
    }
    write_out(debug);
}

static void on_check(struct journey_listener *listener, const struct plan_check *check, bool passes)
{
    struct http_debug *debug = (struct http_debug *)listener;

    buf_addf(&debug->text, "  check %s: %s", check->name, passes ? "passed" : "FAILED");
    if (!passes && check->test.source != NULL)
        buf_addf(&debug->text, " (%s)", check->test.source);
    buf_add_char(&debug->text, '\n');
    write_out(debug);
}

void http_debug_init(struct http_debug *debug, const struct journey_shared *shared, bool is_full, int fd)
{
    *debug = (struct http_debug){ .shared = shared, .is_full = is_full, .fd = fd };
    debug->listener = (struct journey_listener){ .on_exchange = on_exchange, .on_value = on_value, .on_check = on_check };
}

void http_debug_release(struct http_debug *debug)
{
    buf_release(&debug->text);
    buf_release(&debug->clean);
}
