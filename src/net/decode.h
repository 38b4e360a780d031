/* Undoing a content coding while the body arrives: gzip, deflate, and br and zstd where their libraries were there when this
 * was built. What comes out is handed on in pieces and bounded; memory of a decoder is bounded too (zstd: windows of 8 MiB,
 * RFC 9659). One owner; no thread. */
#ifndef ONAGER_DECODE_H
#define ONAGER_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/fault.h"

struct decoder;

/* Value of Accept-Encoding: the codings that are built in, best known first. */
const char *decode_accepts(void);

/* For the value of Content-Encoding, any bytes. NULL with *fault FAULT_NONE: nothing is to be undone; with FAULT_DECODE: it
 * is no coding that can be undone. max_bytes: of what comes out, 0: no limit. */
struct decoder *decoder_new(const char *coding, size_t length, uint64_t max_bytes, enum fault *fault);
void decoder_free(struct decoder *decoder); /* NULL is fine */

typedef void decoder_out(void *user, const char *bytes, size_t length);
/* FAULT_NONE, FAULT_DECODE or FAULT_BODY_TOO_LARGE; after a fault only decoder_free() may follow. */
enum fault decoder_feed(struct decoder *decoder, const char *bytes, size_t length, decoder_out *out, void *user);
/* The body ended: FAULT_DECODE when its coding did not. No byte at all is an empty body. */
enum fault decoder_end(const struct decoder *decoder);

#endif
