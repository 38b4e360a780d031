/* Finding a word in the tables, and listing all words. */
#include "explain.h"

#include <string.h>
#include <strings.h>

#include "lines.h"
#include "nearest.h"

#define INDENT 2

static bool matches(const struct explain_topic *topic, size_t index, const char *word)
{
    return topic->is != NULL ? topic->is(index, word) : strcasecmp(topic->name(index), word) == 0;
}

static bool is_of_kind(const struct explain_topic *topic, const char *kind)
{
    return kind == NULL || strcasecmp(topic->kind, kind) == 0 || strcasecmp(topic->plural, kind) == 0;
}

size_t explain_word(struct buf *out, const char *kind, const char *word)
{
    const struct explain_topic *topic;
    size_t found = 0;

    for (size_t t = 0; (topic = explain_topic_at(t)) != NULL; t++) {
        if (!is_of_kind(topic, kind))
            continue;
        for (size_t i = 0; topic->name(i) != NULL; i++) {
            if (!matches(topic, i, word))
                continue;
            if (found++ > 0)
                buf_add_char(out, '\n');
            topic->add(out, i);
        }
    }
    return found;
}

const char *explain_nearest(const char *word)
{
    const struct explain_topic *topic;
    struct nearest nearest;

    nearest_begin(&nearest, word);
    for (size_t t = 0; (topic = explain_topic_at(t)) != NULL; t++)
        for (size_t i = 0; topic->name(i) != NULL; i++)
            nearest_try(&nearest, topic->name(i));
    return nearest.best;
}

void explain_words(struct buf *out)
{
    const struct explain_topic *topic;
    struct buf words;

    buf_init(&words);
    for (size_t t = 0; (topic = explain_topic_at(t)) != NULL; t++) {
        const char *before = "";

        buf_clear(&words);
        for (size_t i = 0; topic->name(i) != NULL; i++) {
            if (strcmp(topic->name(i), before) != 0)
                buf_addf(&words, "%s%s", words.length > 0 ? " " : "", topic->name(i));
            before = topic->name(i);
        }
        buf_addf(out, "%s%s\n", t > 0 ? "\n" : "", topic->plural);
        lines_indented(out, words.data, INDENT);
    }
    buf_release(&words);
}
