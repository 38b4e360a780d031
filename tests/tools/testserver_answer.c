/* What the test server answers. Pure but for the peer it fills. */
#include "testserver.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

size_t testserver_head_length(const struct buf *in)
{
    const char *end = memmem(in->data, in->length, "\r\n\r\n", 4);
    size_t head, body = 0;

    if (end == NULL)
        return 0;
    head = (size_t)(end - in->data) + 4;
    for (const char *line = in->data; line < end; line++) {
        line = memchr(line, '\n', (size_t)(end + 2 - line));
        if (line == NULL)
            break;
        if (strncasecmp(line + 1, "content-length:", 15) == 0)
            body = strtoul(line + 16, NULL, 10);
    }
    return head + body <= in->length ? head + body : 0;
}

/* The number behind "name=" in the query, else `otherwise`. */
static uint64_t query_number(const char *target, const char *name, uint64_t otherwise)
{
    const char *at = strchr(target, '?');
    size_t length = strlen(name);

    while (at != NULL) {
        at++;
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return strtoull(at + length + 1, NULL, 10);
        at = strchr(at, '&');
    }
    return otherwise;
}

static void put_head(struct buf *out, unsigned status, size_t length)
{
    buf_addf(out, "HTTP/1.1 %u Test\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", status, length);
}

static void put_body(struct buf *out, size_t length)
{
    for (size_t i = 0; i < length; i++)
        buf_add_char(out, (char)('a' + i % 26));
}

static void put_plain(struct peer *peer, unsigned status, size_t length)
{
    put_head(&peer->out, status, length);
    put_body(&peer->out, length);
}

/* Made once for each size asked in a row: reading chunks is to cost the client more than the server. */
static void put_chunked(struct buf *out, size_t length)
{
    static struct buf made;
    static size_t made_length = SIZE_MAX;

    if (made_length != length) {
        buf_clear(&made);
        buf_add_text(&made, "HTTP/1.1 200 Test\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (size_t done = 0; done < length; done += 7) {
            size_t piece = length - done < 7 ? length - done : 7;

            buf_addf(&made, "%zx;note=x\r\n", piece);
            put_body(&made, piece);
            buf_add_text(&made, "\r\n");
        }
        buf_add_text(&made, "0\r\nX-Trailer: end\r\n\r\n");
        made_length = length;
    }
    buf_add(out, made.data, made.length);
}

/* Would clear the screen, move the cursor, set colours and the title, and turn the writing direction, if it got through. */
static void put_hostile(struct buf *out)
{
#define HOSTILE                                              \
    "\x1b[2J\x1b[1;1H\x1b[31mPWNED\x1b]0;title\x07 \xc2\x9b" \
    "41m \xe2\x80\xae"                                       \
    "evil\xe2\x80\xac \xff\xc3\x28 \x08\x0b\x7f"
    static const char text[] = HOSTILE "\r\nsecond line\n\x1b[?1049l";

    buf_addf(out, "HTTP/1.1 500 " HOSTILE "\r\nX-Note: " HOSTILE "\r\nContent-Length: %zu\r\n\r\n", sizeof text - 1);
    buf_add(out, text, sizeof text - 1);
}

static void put_hex(struct buf *out, const char *target)
{
    const char *hex = strstr(target, "hex=");

    for (hex = hex != NULL ? hex + 4 : ""; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        char pair[3] = { hex[0], hex[1], '\0' };

        buf_add_char(out, (char)strtoul(pair, NULL, 16));
    }
}

static void put_stats(struct buf *out, const struct server_counters *counters)
{
    struct buf body;

    buf_init(&body);
    buf_addf(
        &body, "{\"requests\":%llu,\"answered\":%llu,\"accepted\":%llu,\"open\":%llu}\n",
        (unsigned long long)(counters->requests - counters->stats), (unsigned long long)counters->answered,
        (unsigned long long)counters->accepted, (unsigned long long)counters->open);
    put_head(out, 200, body.length);
    buf_add(out, body.data, body.length);
    buf_release(&body);
}

static void put_delayed(struct peer *peer, const char *target)
{
    size_t head;

    put_head(&peer->out, 200, 1000);
    head = peer->out.length;
    put_body(&peer->out, 1000);
    peer->is_timed = true;
    peer->delay_ns = query_number(target, "first", 0) * 1000;
    peer->hold_ns = query_number(target, "last", 0) * 1000;
    peer->hold_at = peer->hold_ns > 0 ? head + 500 : 0;
}

static enum answer answer_path(struct peer *peer, const char *target, struct server_counters *counters)
{
    const char *path = peer->path;

    if (strcmp(path, "/close") == 0)
        return ANSWER_CLOSE;
    if (strcmp(path, "/reset") == 0)
        return ANSWER_RESET;
    if (strcmp(path, "/never") == 0)
        return ANSWER_NEVER;
    if (strcmp(path, "/delay") == 0) {
        put_delayed(peer, target);
    } else if (strcmp(path, "/status") == 0) {
        put_plain(peer, (unsigned)query_number(target, "code", 200), 6);
    } else if (strcmp(path, "/bytes") == 0) {
        put_plain(peer, 200, query_number(target, "size", 1000));
    } else if (strcmp(path, "/bytewise") == 0) {
        put_plain(peer, 200, 40);
        peer->is_bytewise = true;
    } else if (strcmp(path, "/chunked") == 0) {
        put_chunked(&peer->out, query_number(target, "size", 100));
    } else if (strcmp(path, "/until-close") == 0) {
        buf_add_text(&peer->out, "HTTP/1.0 200 Test\r\n\r\n");
        put_body(&peer->out, 100);
        peer->closes_after = true;
    } else if (strcmp(path, "/partial") == 0) {
        put_head(&peer->out, 200, 100);
        put_body(&peer->out, 50);
        peer->closes_after = true;
    } else if (strcmp(path, "/hostile") == 0) {
        put_hostile(&peer->out);
    } else if (strcmp(path, "/raw") == 0) {
        put_hex(&peer->out, target);
        peer->closes_after = true;
    } else if (strcmp(path, "/stats") == 0) {
        counters->stats++;
        put_stats(&peer->out, counters);
    } else {
        put_plain(peer, 200, 12);
    }
    return peer->out.length > 0 ? ANSWER_BYTES : ANSWER_CLOSE;
}

enum answer testserver_answer(struct peer *peer, struct server_counters *counters)
{
    char target[4096] = "/";
    const char *start = memchr(peer->in.data, ' ', peer->in.length);
    const char *end = start != NULL ? memchr(start + 1, ' ', peer->in.length - (size_t)(start + 1 - peer->in.data)) : NULL;
    size_t length;

    if (end != NULL && (size_t)(end - start) < sizeof target) {
        memcpy(target, start + 1, (size_t)(end - start) - 1);
        target[end - start - 1] = '\0';
    }
    length = strcspn(target, "?");
    if (length >= sizeof peer->path)
        length = sizeof peer->path - 1;
    memcpy(peer->path, target, length);
    peer->path[length] = '\0';
    peer->delay_ns = peer->hold_ns = 0;
    return answer_path(peer, target, counters);
}
