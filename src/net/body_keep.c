/* Keeping bodies. */
#include "body_keep.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void body_keep_begin(struct body_keep *keep)
{
    if (keep->bytes.data != NULL)
        buf_clear(&keep->bytes);
    else
        buf_init(&keep->bytes);
    buf_clear(&keep->fields);
    keep->total_bytes = 0;
    keep->error = 0;
    if (keep->kind == KEEP_FILE && (ftruncate(keep->fd, 0) != 0 || lseek(keep->fd, 0, SEEK_SET) != 0))
        keep->error = errno == EINVAL || errno == ESPIPE ? 0 : errno; /* a pipe goes on where it is */
}

static void write_all(struct body_keep *keep, const char *bytes, size_t length)
{
    while (length > 0 && keep->error == 0) {
        ssize_t n = write(keep->fd, bytes, length);

        if (n < 0 && errno != EINTR)
            keep->error = errno;
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        }
    }
}

void body_keep_field(struct body_keep *keep, const char *name, size_t name_length, const char *value, size_t value_length)
{
    if (!keep->wants_fields)
        return;
    buf_add(&keep->fields, name, name_length);
    buf_add(&keep->fields, ": ", 2);
    buf_add(&keep->fields, value, value_length);
    buf_add_char(&keep->fields, '\0');
}

void body_keep_add(struct body_keep *keep, const char *bytes, size_t length)
{
    uint64_t room = 0;

    keep->total_bytes += length;
    switch (keep->kind) {
    case KEEP_NONE:
        break;
    case KEEP_FIRST:
        room = keep->bytes.length < keep->first_bytes ? keep->first_bytes - keep->bytes.length : 0;
        buf_add(&keep->bytes, bytes, length < room ? length : (size_t)room);
        break;
    case KEEP_ALL:
        buf_add(&keep->bytes, bytes, length);
        break;
    case KEEP_FILE:
        write_all(keep, bytes, length);
        break;
    }
}

void body_keep_release(struct body_keep *keep)
{
    buf_release(&keep->bytes);
    buf_release(&keep->fields);
}
