/* Compresses bodies that are sent. Pure. */
#include "encode.h"

#include <string.h>

#ifdef HAVE_BROTLI
#include <brotli/encode.h>
#endif
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "mem.h"

#define GZIP_WINDOW (15 + 16) /* zlib: with the wrapper of gzip */
#define ZLIB_WINDOW 15

bool encode_is_available(enum body_coding coding)
{
    switch (coding) {
    case CODING_BR:
#ifdef HAVE_BROTLI
        return true;
#else
        return false;
#endif
    case CODING_ZSTD:
#ifdef HAVE_ZSTD
        return true;
#else
        return false;
#endif
    default:
        return true;
    }
}

/* "deflate" is the zlib format (RFC 9110 8.4.1.2). */
static void add_zlib(bool is_gzip, const char *body, size_t length, struct buf *out)
{
    z_stream stream = { .next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)length };

    INVARIANT(length <= UINT32_MAX / 2);
    INVARIANT(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, is_gzip ? GZIP_WINDOW : ZLIB_WINDOW, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    buf_reserve(out, deflateBound(&stream, length));
    stream.next_out = (Bytef *)out->data + out->length;
    stream.avail_out = (uInt)(out->capacity - out->length - 1);
    INVARIANT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out->length += stream.total_out;
    out->data[out->length] = '\0';
    deflateEnd(&stream);
}

void encode_body(enum body_coding coding, const char *body, size_t length, struct buf *out)
{
    if (coding == CODING_GZIP || coding == CODING_DEFLATE) {
        add_zlib(coding == CODING_GZIP, body, length, out);
        return;
    }
#ifdef HAVE_BROTLI
    if (coding == CODING_BR) {
        size_t size = BrotliEncoderMaxCompressedSize(length) + 16;

        buf_reserve(out, size);
        INVARIANT(BrotliEncoderCompress(
            5, BROTLI_DEFAULT_WINDOW, BROTLI_DEFAULT_MODE, length, (const uint8_t *)body, &size, (uint8_t *)out->data + out->length));
        out->length += size;
        out->data[out->length] = '\0';
        return;
    }
#endif
#ifdef HAVE_ZSTD
    if (coding == CODING_ZSTD) {
        size_t size = ZSTD_compressBound(length);

        buf_reserve(out, size);
        size = ZSTD_compress(out->data + out->length, size, body, length, 3);
        INVARIANT(!ZSTD_isError(size));
        out->length += size;
        out->data[out->length] = '\0';
        return;
    }
#endif
    buf_add(out, body, length);
}
