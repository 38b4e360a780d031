/* One streaming decoder per coding behind a table. */
#include "decode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>
#ifdef HAVE_BROTLI
#include <brotli/decode.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "mem.h"

#define PIECE_BYTES 16384
#define ZSTD_WINDOW_LOG 23

/* What one step did: it used bytes of the input and made bytes of output. */
enum step { STEP_GOES_ON, STEP_ENDED, STEP_FAILED };

struct coding {
    const char *name, *alias;
    void (*start)(struct decoder *decoder);
    enum step (*step)(struct decoder *decoder, const char **in, size_t *in_length, char *out, size_t *out_length);
    void (*stop)(struct decoder *decoder);
};

struct decoder {
    const struct coding *coding;
    uint64_t max_bytes, made_bytes;
    bool is_fed, is_ended;
    z_stream z;
    bool has_format; /* deflate: zlib or raw was told by its first two bytes */
    int first;       /* deflate: the first byte, while the second is not there; -1 */
    void *state;     /* of the other libraries */
};

/* ---- zlib ---- */

static void gzip_start(struct decoder *d)
{
    INVARIANT(inflateInit2(&d->z, 16 + MAX_WBITS) == Z_OK);
}

static enum step zlib_step(struct decoder *d, const char **in, size_t *in_length, char *out, size_t *out_length)
{
    size_t room = *out_length;
    int code;

    d->z.next_in = (unsigned char *)(uintptr_t)*in;
    d->z.avail_in = (uInt)*in_length;
    d->z.next_out = (unsigned char *)out;
    d->z.avail_out = (uInt)room;
    code = inflate(&d->z, Z_NO_FLUSH);
    *in += *in_length - d->z.avail_in;
    *in_length = d->z.avail_in;
    *out_length = room - d->z.avail_out;
    if (code == Z_STREAM_END)
        return STEP_ENDED;
    return code == Z_OK || code == Z_BUF_ERROR ? STEP_GOES_ON : STEP_FAILED;
}

/* gzip allows several members in a row: RFC 1952 2.2. */
static enum step gzip_step(struct decoder *d, const char **in, size_t *in_length, char *out, size_t *out_length)
{
    if (d->is_ended) {
        d->is_ended = false;
        inflateReset(&d->z);
    }
    return zlib_step(d, in, in_length, out, out_length);
}

static void zlib_stop(struct decoder *d)
{
    inflateEnd(&d->z);
}

static void deflate_start(struct decoder *d)
{
    d->first = -1;
    INVARIANT(inflateInit2(&d->z, MAX_WBITS) == Z_OK);
}

/* "deflate" is the zlib format, RFC 9110 8.4.1.2, and some servers send it without the zlib header. */
static enum step deflate_step(struct decoder *d, const char **in, size_t *in_length, char *out, size_t *out_length)
{
    if (!d->has_format && d->first < 0) {
        d->first = (unsigned char)**in;
        (*in)++;
        (*in_length)--;
        *out_length = 0;
        return STEP_GOES_ON;
    }
    if (!d->has_format) {
        char start = (char)d->first;
        const char *first = &start;
        size_t one = 1, none = 1;
        char nothing[1];

        d->has_format = true;
        if ((d->first & 15) != 8 || ((unsigned)d->first << 8 | (unsigned char)**in) % 31 != 0)
            inflateReset2(&d->z, -MAX_WBITS);
        if (zlib_step(d, &first, &one, nothing, &none) == STEP_FAILED || one != 0 || none != 0) /* one byte makes no output */
            return STEP_FAILED;
    }
    return zlib_step(d, in, in_length, out, out_length);
}

/* ---- brotli ---- */

#ifdef HAVE_BROTLI
static void brotli_start(struct decoder *d)
{
    d->state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    INVARIANT(d->state != NULL);
}

static enum step brotli_step(struct decoder *d, const char **in, size_t *in_length, char *out, size_t *out_length)
{
    const uint8_t *next_in = (const uint8_t *)*in;
    uint8_t *next_out = (uint8_t *)out;
    size_t room = *out_length;
    BrotliDecoderResult result = BrotliDecoderDecompressStream(d->state, in_length, &next_in, &room, &next_out, NULL);

    *in = (const char *)next_in;
    *out_length -= room;
    if (result == BROTLI_DECODER_RESULT_SUCCESS)
        return STEP_ENDED;
    return result == BROTLI_DECODER_RESULT_ERROR ? STEP_FAILED : STEP_GOES_ON;
}

static void brotli_stop(struct decoder *d)
{
    BrotliDecoderDestroyInstance(d->state);
}
#endif

/* ---- zstd ---- */

#ifdef HAVE_ZSTD
static void zstd_start(struct decoder *d)
{
    d->state = ZSTD_createDStream();
    INVARIANT(d->state != NULL);
    ZSTD_DCtx_setParameter(d->state, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
}

static enum step zstd_step(struct decoder *d, const char **in, size_t *in_length, char *out, size_t *out_length)
{
    ZSTD_inBuffer from = { *in, *in_length, 0 };
    ZSTD_outBuffer to = { out, *out_length, 0 };
    size_t code = ZSTD_decompressStream(d->state, &to, &from);

    *in += from.pos;
    *in_length -= from.pos;
    *out_length = to.pos;
    d->is_ended = false; /* several frames may follow each other */
    if (ZSTD_isError(code))
        return STEP_FAILED;
    return code == 0 ? STEP_ENDED : STEP_GOES_ON;
}

static void zstd_stop(struct decoder *d)
{
    ZSTD_freeDStream(d->state);
}
#endif

static const struct coding codings[] = {
    { "gzip", "x-gzip", gzip_start, gzip_step, zlib_stop },
    { "deflate", "deflate", deflate_start, deflate_step, zlib_stop },
#ifdef HAVE_BROTLI
    { "br", "br", brotli_start, brotli_step, brotli_stop },
#endif
#ifdef HAVE_ZSTD
    { "zstd", "zstd", zstd_start, zstd_step, zstd_stop },
#endif
};

const char *decode_accepts(void)
{
    return "gzip, deflate"
#ifdef HAVE_BROTLI
           ", br"
#endif
#ifdef HAVE_ZSTD
           ", zstd"
#endif
        ;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

struct decoder *decoder_new(const char *coding, size_t length, uint64_t max_bytes, enum fault *fault)
{
    *fault = FAULT_NONE;
    if (length == 0 || is_word(coding, length, "identity"))
        return NULL;
    for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++)
        if (is_word(coding, length, codings[i].name) || is_word(coding, length, codings[i].alias)) {
            struct decoder *decoder = mem_alloc(sizeof *decoder);

            decoder->coding = &codings[i];
            decoder->max_bytes = max_bytes;
            decoder->coding->start(decoder);
            return decoder;
        }
    *fault = FAULT_DECODE;
    return NULL;
}

void decoder_free(struct decoder *decoder)
{
    if (decoder == NULL)
        return;
    decoder->coding->stop(decoder);
    free(decoder);
}

/* Bytes behind the end of a coding belong to nothing, unless another gzip member or zstd frame begins there. */
static bool may_follow(const struct decoder *decoder)
{
    return decoder->coding->step == gzip_step
#ifdef HAVE_ZSTD
           || decoder->coding->step == zstd_step
#endif
        ;
}

enum fault decoder_feed(struct decoder *decoder, const char *bytes, size_t length, decoder_out *out, void *user)
{
    char piece[PIECE_BYTES];
    size_t made;

    decoder->is_fed = true;
    do {
        enum step step;

        if (decoder->is_ended && length > 0 && !may_follow(decoder))
            return FAULT_DECODE;
        if (decoder->is_ended && length == 0)
            return FAULT_NONE;
        made = sizeof piece;
        step = decoder->coding->step(decoder, &bytes, &length, piece, &made);
        if (step == STEP_FAILED)
            return FAULT_DECODE;
        decoder->is_ended = step == STEP_ENDED;
        decoder->made_bytes += made;
        if (decoder->max_bytes != 0 && decoder->made_bytes > decoder->max_bytes)
            return FAULT_BODY_TOO_LARGE;
        if (made > 0)
            out(user, piece, made);
    } while (length > 0 || made == sizeof piece);
    return FAULT_NONE;
}

enum fault decoder_end(const struct decoder *decoder)
{
    return decoder->is_ended || !decoder->is_fed ? FAULT_NONE : FAULT_DECODE;
}
