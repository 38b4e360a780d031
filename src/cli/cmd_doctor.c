/* doctor: what this machine would do to a measurement, and the command that mends it. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "doctor.h"
#include "json_write.h"
#include "lines.h"
#include "onager/text.h"
#include "own_options.h"
#include "say.h"

#define NAME_COLUMNS 12

/* Text from the environment and from files, made safe for a terminal. */
static void add_clean(struct buf *out, const char *text, size_t from, bool utf8)
{
    char clean[1200];

    text_sanitize(clean, sizeof clean, text, strlen(text), sizeof clean, utf8);
    lines_wrapped(out, clean, from);
}

static void add_finding(struct buf *out, const char *name, const struct doctor_finding *finding, bool utf8)
{
    static const char *const marks[] = { "✓", "·", "✗" }, *const plain[] = { "+", "-", "x" };

    buf_addf(out, "%s ", (utf8 ? marks : plain)[finding->level]);
    lines_padded(out, name, NAME_COLUMNS - 2);
    add_clean(out, finding->text, NAME_COLUMNS, utf8);
    if (finding->cure[0] == '\0')
        return;
    buf_addf(out, "%*s", NAME_COLUMNS, "");
    add_clean(out, finding->cure, NAME_COLUMNS, utf8);
}

static void add_end(struct buf *out, const unsigned *counts)
{
    struct buf text;

    buf_init(&text);
    if (counts[DOCTOR_BAD] > 0)
        buf_addf(&text, "%u thing%s would make a run suffer", counts[DOCTOR_BAD], counts[DOCTOR_BAD] == 1 ? "" : "s");
    else
        buf_add_text(&text, "ready for a run");
    if (counts[DOCTOR_NOTE] > 0)
        buf_addf(&text, "; %u could be better", counts[DOCTOR_NOTE]);
    buf_add_text(&text, ". onager selftest proves what this machine can measure.");
    buf_add_char(out, '\n');
    lines_wrapped(out, text.data, 0);
    buf_release(&text);
}

static int examine(const char *root, bool wants_json)
{
    unsigned counts[DOCTOR_BAD + 1] = { 0 };
    bool utf8 = say_is_utf8();
    struct json json;
    struct buf out;

    buf_init(&out);
    json_write_init(&json, &out, 3);
    if (wants_json) {
        json_write_object(&json);
        json_write_key(&json, "schema");
        json_write_string(&json, "onager.doctor/1");
        json_write_key(&json, "findings");
        json_write_array(&json);
    }
    for (int topic = 0; topic < DOCTOR_COUNT; topic++) {
        const char *name = doctor_name((enum doctor_topic)topic);
        struct doctor_finding finding;

        doctor_look((enum doctor_topic)topic, root, &finding);
        counts[finding.level]++;
        if (!wants_json) {
            add_finding(&out, name, &finding, utf8);
            continue;
        }
        json_write_object(&json);
        json_write_key(&json, "topic");
        json_write_string(&json, name);
        json_write_key(&json, "level");
        json_write_string(&json, doctor_level_name(finding.level));
        json_write_key(&json, "text");
        json_write_string(&json, finding.text);
        json_write_key(&json, "cure");
        json_write_string(&json, finding.cure[0] != '\0' ? finding.cure : NULL);
        json_write_object_end(&json);
    }
    if (wants_json) {
        json_write_array_end(&json);
        json_write_object_end(&json);
        buf_add_char(&out, '\n');
    } else {
        add_end(&out, counts);
    }
    fwrite(out.data, 1, out.length, stdout);
    buf_release(&out);
    return counts[DOCTOR_BAD] > 0 ? EXIT_FAILED : EXIT_PASSED;
}

int cmd_doctor(int argc, char **argv)
{
    struct own_options own;
    struct error err = { 0 };
    size_t format = 0;
    int exit_code = EXIT_PASSED;

    if (own_options_take(&own, &argc, argv, &err) == 0 && own_option_choice(&own, OWN_DOCTOR_FORMAT, &format, &err)) {
        const char *root = own_option_value(&own, OWN_DOCTOR_ROOT);

        if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
            exit_code = cmd_help(2, (char *[]){ argv[0], argv[0], NULL });
        } else if (argc > 1) {
            exit_code = error_set(&err, EXIT_USAGE, "doctor takes no target, got \"%.60s\"", argv[1]);
        } else {
            exit_code = examine(root != NULL ? root : "", format != 0);
        }
    }
    own_options_release(&own);
    if (err.exit_code == 0)
        return exit_code;
    say_error(&err, false);
    return err.exit_code;
}
