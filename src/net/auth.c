/* Header lines with secrets in them: they go into requests and nowhere else. */
#include "auth.h"

#include <stdint.h>
#include <string.h>

static void add_base64(struct buf *out, const unsigned char *bytes, size_t length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t word = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);

        buf_add_char(out, alphabet[word >> 18]);
        buf_add_char(out, alphabet[word >> 12 & 63]);
        buf_add_char(out, left > 1 ? alphabet[word >> 6 & 63] : '=');
        buf_add_char(out, left > 2 ? alphabet[word & 63] : '=');
    }
}

void auth_add_basic(struct buf *out, const char *user)
{
    buf_add_text(out, "Authorization: Basic ");
    add_base64(out, (const unsigned char *)user, strlen(user));
    buf_add_text(out, "\r\n");
}

void auth_add_proxy(struct buf *out, const char *user)
{
    buf_add_text(out, "Proxy-");
    auth_add_basic(out, user);
}

void auth_add_bearer(struct buf *out, const char *token)
{
    buf_addf(out, "Authorization: Bearer %s\r\n", token);
}
