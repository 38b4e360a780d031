/* Lines of any bytes as Set-Cookie fields of one jar: what it sends is one clean header value, and its size is bounded. */
#include <stdint.h>
#include <string.h>

#include "cookies.h"
#include "mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct cookie_place places[] = { { "www.a.test", "/x/y?z", true }, { "127.0.0.1", "/", false } };
    struct cookie_jar *jar = cookie_jar_new();
    const char *line = (const char *)data, *end = line + size;
    struct buf out;
    int64_t seconds;

    cookie_date(line, size, &seconds);
    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = stop != NULL ? (size_t)(stop - line) : (size_t)(end - line);

        for (size_t i = 0; i < 2; i++)
            cookie_jar_set(jar, &places[i], line, length, 1000);
        line += length + 1;
    }
    INVARIANT(cookie_jar_count(jar) <= COOKIES_PER_JAR);
    buf_init(&out);
    for (size_t i = 0; i < 2; i++)
        cookie_jar_get(jar, &places[i], 1000, &out);
    for (size_t i = 0; i < out.length; i++)
        INVARIANT((unsigned char)out.data[i] >= ' ' || out.data[i] == '\t');
    buf_release(&out);
    cookie_jar_free(jar);
    return 0;
}
