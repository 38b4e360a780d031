/* decode: every coding whole, byte by byte, cut short at every place, damaged, and as a bomb. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "buf.h"
#include "decode.h"
#include "mem.h"

static const char text[] = "hello hello hello hello, coded world";
#define TEXT_LENGTH (sizeof text - 1)
#define BOMB_BYTES 3000000

/* Made with the brotli program: the text above, and BOMB_BYTES zeros. */
static const char brotli_text[] = "\x1f\x23\x00\x70\x1c\x89\x71\x2c\x85\x37\xde\x23\x54\x65\x68\x09\xc2\xf6\xd6\x20\x2c\x64\x6c\x52\x92\x49"
                                  "\xe4\xa9\x03\x93\xdd\x0d\x4a\x19";
static const char brotli_zeros[] =
    "\xa3\xff\xff\x83\x7f\x02\x20\x1e\x0b\x04\x72\xef\x0f\xf4\xff\x7f\xf0\x4f\x00\xc4\x61\x11\x80\xee\xfd\x81\xfe\xff\x0f\xfe\x09\x80\x38"
    "\x2c\x00\xd0\xbd\x3f\xd0\xff\xff\xc1\x3f\x01\x10\x87\x05\x00\xba\xf7\x07\xfa\xff\x3f\xf8\x27\x00\xe2\xb0\x00\x40\xf7\xfe\xa0\x7e\x8d"
    "\x0b\xff\x04\x40\x1c\x16\x00\xe8\xf9\x16\x00";

struct coded {
    const char *name;
    char *bytes;
    size_t length;
};

static struct coded deflated(const char *name, int window_bits, const char *from, size_t length)
{
    struct coded coded = { name, mem_array(length + 1000, 1), 0 };
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)from, .avail_in = (uInt)length };

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = (unsigned char *)coded.bytes;
    z.avail_out = (uInt)length + 1000;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    coded.length = z.total_out;
    deflateEnd(&z);
    return coded;
}

/* All codings of this build for a text or for zeros. */
static size_t make(struct coded coded[5], bool is_bomb)
{
    static char zeros[BOMB_BYTES];
    const char *from = is_bomb ? zeros : text;
    size_t length = is_bomb ? sizeof zeros : TEXT_LENGTH, count = 0;

    coded[count++] = deflated("gzip", 31, from, length);
    coded[count++] = deflated("deflate", 15, from, length);
    coded[count++] = deflated("deflate", -15, from, length);
#ifdef HAVE_BROTLI
    coded[count] = (struct coded){ "br", NULL, is_bomb ? sizeof brotli_zeros - 1 : sizeof brotli_text - 1 };
    coded[count].bytes = mem_array(coded[count].length, 1);
    memcpy(coded[count].bytes, is_bomb ? brotli_zeros : brotli_text, coded[count].length);
    count++;
#else
    (void)brotli_text;
    (void)brotli_zeros;
#endif
#ifdef HAVE_ZSTD
    coded[count] = (struct coded){ "zstd", mem_array(length + 1000, 1), 0 };
    coded[count].length = ZSTD_compress(coded[count].bytes, length + 1000, from, length, 3);
    count++;
#endif
    return count;
}

static void take(void *user, const char *bytes, size_t length)
{
    buf_add(user, bytes, length);
}

/* Feeds in pieces; FAULT_NONE when the whole body was fine. */
static enum fault decode(const char *name, const char *bytes, size_t length, size_t piece, uint64_t max_bytes, struct buf *out)
{
    enum fault fault;
    struct decoder *decoder = decoder_new(name, strlen(name), max_bytes, &fault);

    assert_non_null(decoder);
    buf_init(out);
    for (size_t i = 0; i < length && fault == FAULT_NONE; i += piece) {
        size_t n = length - i < piece ? length - i : piece;
        char *copy = mem_array(n, 1); /* of its own, so that ASan sees a step too far */

        memcpy(copy, bytes + i, n);
        fault = decoder_feed(decoder, copy, n, take, out);
        free(copy);
    }
    if (fault == FAULT_NONE)
        fault = decoder_end(decoder);
    decoder_free(decoder);
    return fault;
}

static void every_coding_is_undone_in_pieces_of_any_size(void **state)
{
    struct coded coded[5];
    size_t count = make(coded, false);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t piece = 1; piece <= coded[i].length; piece++) {
            struct buf out;

            assert_int_equal(decode(coded[i].name, coded[i].bytes, coded[i].length, piece, TEXT_LENGTH, &out), FAULT_NONE);
            assert_int_equal(out.length, TEXT_LENGTH);
            assert_memory_equal(out.data, text, TEXT_LENGTH);
            buf_release(&out);
        }
        free(coded[i].bytes);
    }
}

static void a_body_that_ends_too_early_is_a_fault_at_every_length_but_none(void **state)
{
    struct coded coded[5];
    size_t count = make(coded, false);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t length = 0; length < coded[i].length; length++) {
            struct buf out;

            assert_int_equal(decode(coded[i].name, coded[i].bytes, length, 7, 0, &out), length == 0 ? FAULT_NONE : FAULT_DECODE);
            buf_release(&out);
        }
        free(coded[i].bytes);
    }
}

static void a_bomb_is_stopped_at_the_limit(void **state)
{
    struct coded coded[5];
    size_t count = make(coded, true);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct buf out;

        assert_true(coded[i].length < 20000);
        assert_int_equal(decode(coded[i].name, coded[i].bytes, coded[i].length, coded[i].length, 100000, &out), FAULT_BODY_TOO_LARGE);
        assert_in_range(out.length, 0, 100000);
        buf_release(&out);
        assert_int_equal(decode(coded[i].name, coded[i].bytes, coded[i].length, 100, BOMB_BYTES, &out), FAULT_NONE);
        assert_int_equal(out.length, BOMB_BYTES);
        buf_release(&out);
        free(coded[i].bytes);
    }
}

static void gzip_members_may_follow_each_other_and_junk_may_not(void **state)
{
    struct coded gzip = deflated("gzip", 31, text, TEXT_LENGTH);
    struct buf twice, out;

    (void)state;
    buf_init(&twice);
    buf_add(&twice, gzip.bytes, gzip.length);
    buf_add(&twice, gzip.bytes, gzip.length);
    assert_int_equal(decode("x-gzip", twice.data, twice.length, 5, 0, &out), FAULT_NONE);
    assert_int_equal(out.length, 2 * TEXT_LENGTH);
    buf_release(&out);
    twice.data[gzip.length] = 'x';
    assert_int_equal(decode("gzip", twice.data, twice.length, 5, 0, &out), FAULT_DECODE);
    buf_release(&out);
    buf_release(&twice);
    free(gzip.bytes);
}

static void what_is_not_coded_as_it_says_is_a_fault(void **state)
{
    struct coded coded[5];
    size_t count = make(coded, false);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct buf out;

        assert_int_equal(decode(coded[i].name, "plain text, and long enough", 27, 27, 0, &out), FAULT_DECODE);
        buf_release(&out);
        free(coded[i].bytes);
    }
}

static void unknown_codings_are_a_fault_and_identity_is_none(void **state)
{
    static const char *const unknown[] = { "compress", "gzip, br", "gzip ", "g", "GZIPP" };
    enum fault fault;

    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_null(decoder_new(unknown[i], strlen(unknown[i]), 0, &fault));
        assert_int_equal(fault, FAULT_DECODE);
    }
    assert_null(decoder_new("", 0, 0, &fault));
    assert_int_equal(fault, FAULT_NONE);
    assert_null(decoder_new("Identity", 8, 0, &fault));
    assert_int_equal(fault, FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_coding_is_undone_in_pieces_of_any_size),
        cmocka_unit_test(a_body_that_ends_too_early_is_a_fault_at_every_length_but_none),
        cmocka_unit_test(a_bomb_is_stopped_at_the_limit),
        cmocka_unit_test(gzip_members_may_follow_each_other_and_junk_may_not),
        cmocka_unit_test(what_is_not_coded_as_it_says_is_a_fault),
        cmocka_unit_test(unknown_codings_are_a_fault_and_identity_is_none),
    };
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
