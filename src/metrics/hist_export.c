/* Export of a histogram in the HdrHistogram V2 format: a run-length and ZigZag LEB128 coded list of counts, compressed by zlib,
 * in base64. Any thread; knows nothing of pools. */
#include "hist.h"

#include <endian.h>
#include <string.h>
#include <zlib.h>

#include "mem.h"

/* the second half-byte tells the word size: 1 stands for LEB128 */
#define COOKIE_V2 (0x1c849303u | 0x10)
#define COOKIE_V2_COMPRESSED (0x1c849304u | 0x10)
#define NS_PER_UNIT 1000
#define LOWEST_US 1
#define HIGHEST_US 3600000000ULL
#define SIGNIFICANT_DIGITS 3
#define HDR_BITS 10 /* 3 digits: half of the 2,048 sub-buckets that 2 * 10^3 asks for */

static void put_u32(struct buf *out, uint32_t value)
{
    value = htobe32(value);
    buf_add(out, &value, sizeof value);
}

static void put_u64(struct buf *out, uint64_t value)
{
    value = htobe64(value);
    buf_add(out, &value, sizeof value);
}

static void put_zigzag(struct buf *out, int64_t value)
{
    uint64_t bits = ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);

    for (; bits >= 0x80; bits >>= 7)
        buf_add_char(out, (char)(bits | 0x80));
    buf_add_char(out, (char)bits);
}

/* Index in the list of counts for a bucket of ours: its middle in whole µs. The list of counts at 3 digits and unit 1 is laid out
 * as our own buckets of 10 bits are. */
static uint32_t hdr_index(const struct hist *hist, uint32_t bucket)
{
    uint64_t floor_ns = hist_bucket_floor(hist->bits, bucket);
    uint64_t ns = floor_ns + (hist_bucket_top(hist->bits, bucket) - floor_ns) / 2;
    uint64_t us;

    if (ns < hist->min_ns)
        ns = hist->min_ns;
    if (ns > hist->max_ns)
        ns = hist->max_ns;
    us = (ns + NS_PER_UNIT / 2) / NS_PER_UNIT;
    return hist_index(HDR_BITS, us < HIGHEST_US ? us : HIGHEST_US);
}

/* Counts from *next up to `index` exclusive are zero. */
static void put_count(struct buf *out, uint32_t *next, uint32_t index, uint64_t count)
{
    uint32_t zeros = index - *next;

    if (count == 0)
        return;
    if (zeros > 0)
        put_zigzag(out, zeros > 1 ? -(int64_t)zeros : 0);
    put_zigzag(out, (int64_t)count);
    *next = index + 1;
}

static void put_counts(const struct hist *hist, struct buf *out)
{
    uint32_t next = 0, pending_index = 0;
    uint64_t pending = 0;

    for (uint32_t p = 0; p < hist->page_count; p++)
        for (unsigned i = 0; hist->pages[p] != NULL && i < HIST_PAGE_BUCKETS; i++) {
            uint32_t index;

            if (hist->pages[p][i] == 0)
                continue;
            index = hdr_index(hist, p * HIST_PAGE_BUCKETS + i);
            if (index != pending_index) {
                put_count(out, &next, pending_index, pending);
                pending = 0;
            }
            pending_index = index;
            pending += hist->pages[p][i];
        }
    put_count(out, &next, pending_index, pending);
}

static void put_base64(struct buf *out, const unsigned char *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < length; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;

        if (i + 1 < length)
            three |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < length)
            three |= bytes[i + 2];
        buf_add_char(out, digits[three >> 18]);
        buf_add_char(out, digits[three >> 12 & 63]);
        buf_add_char(out, i + 1 < length ? digits[three >> 6 & 63] : '=');
        buf_add_char(out, i + 2 < length ? digits[three & 63] : '=');
    }
}

void hist_export_hdr(const struct hist *hist, struct buf *out)
{
    struct buf counts, plain, packed;
    double ratio = 1.0;
    uint64_t ratio_bits;
    uLongf packed_length;

    buf_init(&counts);
    buf_init(&plain);
    buf_init(&packed);
    put_counts(hist, &counts);

    memcpy(&ratio_bits, &ratio, sizeof ratio_bits);
    put_u32(&plain, COOKIE_V2);
    put_u32(&plain, (uint32_t)counts.length);
    put_u32(&plain, 0); /* normalizing index offset */
    put_u32(&plain, SIGNIFICANT_DIGITS);
    put_u64(&plain, LOWEST_US);
    put_u64(&plain, HIGHEST_US);
    put_u64(&plain, ratio_bits); /* integer to double conversion */
    buf_add(&plain, counts.data, counts.length);

    packed_length = compressBound(plain.length);
    put_u32(&packed, COOKIE_V2_COMPRESSED);
    put_u32(&packed, 0); /* length, below */
    buf_reserve(&packed, packed_length);
    INVARIANT(compress((Bytef *)packed.data + packed.length, &packed_length, (const Bytef *)plain.data, plain.length) == Z_OK);
    packed.length += packed_length;
    memcpy(packed.data + sizeof(uint32_t), &(uint32_t){ htobe32((uint32_t)packed_length) }, sizeof(uint32_t));

    put_base64(out, (const unsigned char *)packed.data, packed.length);
    buf_release(&counts);
    buf_release(&plain);
    buf_release(&packed);
}
