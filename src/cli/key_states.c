/* Letters of states as words. */
#include "key_states.h"

#include <stdio.h>
#include <string.h>

const char *key_states_text(char *out, size_t size, const char *letters)
{
    static const struct {
        char letter;
        const char *word;
    } words[] = { { 'r', "ready" }, { 'g', "running" }, { 'p', "paused" }, { 's', "stopping" }, { 'e', "ended" } };
    size_t used = 0, count = 0;

    out[0] = '\0';
    if (strchr(letters, 'f') != NULL)
        used += (size_t)snprintf(out, size, "in the frozen view");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strchr(letters, words[i].letter) != NULL && used < size) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", words[i].word);
            count++;
        }
    if (count == sizeof words / sizeof *words)
        snprintf(out, size, "always");
    return out;
}
