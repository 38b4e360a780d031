/* Fuzz target of what reads requests that others described: the first byte chooses curl (c), HAR (h) or YAML (y). What an import prints
 * is read as a plan again: it may be wrong there, but every line of it must be one. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "mem.h"
#include "plan_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_import(int (*read)(struct import *, const char *, size_t, struct error *), const char *text, size_t size)
{
    const struct plan_request_by_user from = { "fuzz.ini", NULL, 0 };
    struct import_file *files = NULL;
    struct error err = { 0 };
    size_t file_count = 0;
    struct import import;
    struct buf out;

    buf_init(&out);
    import_init(&import, "fuzz");
    if (read(&import, text, size, &err) == 0 && import_print(&import, "fuzz", &out, &files, &file_count, &err) == 0) {
        plan_free(plan_build_text(&from, "fuzz.ini", out.data, out.length, NULL, &err));
        for (size_t i = 0; i < out.length; i++) /* what no line of a plan may hold */
            INVARIANT((unsigned char)out.data[i] >= ' ' || out.data[i] == '\n' || out.data[i] == '\t');
    } else {
        INVARIANT(err.exit_code != 0);
    }
    for (size_t i = 0; i < file_count; i++)
        free(files[i].name);
    free(files);
    import_release(&import);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct plan_request_by_user from = { "fuzz.yaml", NULL, 0 };
    const char *text = (const char *)data + 1;
    struct error err = { 0 };

    if (size == 0 || (data[0] == 'c' && memchr(text, '@', size - 1) != NULL)) /* it would read files */
        return 0;
    if (data[0] == 'c')
        try_import(import_curl, text, size - 1);
    else if (data[0] == 'h')
        try_import(import_har, text, size - 1);
    else if (data[0] == 'y')
        plan_free(plan_build_text(&from, "fuzz.yaml", text, size - 1, NULL, &err));
    return 0;
}
