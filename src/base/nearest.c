/* Optimal string alignment distance with two rows more than one line of the matrix: quadratic in the length of a word, which
 * is bounded. Knows nothing of what the words mean. */
#include "nearest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static unsigned minimum(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* '-', '_' and ' ' are what people mix up in names, so they are one letter, as are big and small ones. */
static char fold(char c)
{
    return c == '-' || c == ' ' ? '_' : (char)tolower((unsigned char)c);
}

unsigned nearest_distance(const char *a, const char *b, unsigned limit)
{
    unsigned rows[3][NEAREST_LENGTH_MAX + 1];
    size_t length_a = strnlen(a, NEAREST_LENGTH_MAX + 1), length_b = strnlen(b, NEAREST_LENGTH_MAX + 1);

    if (length_a > NEAREST_LENGTH_MAX || length_b > NEAREST_LENGTH_MAX)
        return limit + 1;
    for (size_t j = 0; j <= length_b; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= length_a; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= length_b; j++) {
            row[j] = minimum(minimum(above[j], row[j - 1]) + 1, above[j - 1] + (fold(a[i - 1]) != fold(b[j - 1])));
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
                row[j] = minimum(row[j], two_above[j - 2] + 1);
        }
    }
    return minimum(rows[length_a % 3][length_b], limit + 1);
}

void nearest_begin(struct nearest *nearest, const char *word)
{
    size_t length = strnlen(word, NEAREST_LENGTH_MAX);

    nearest->word = word;
    nearest->best = NULL;
    /* a single letter is near only to itself in another case */
    nearest->distance = (unsigned)(length < 2 ? 0 : length < 6 ? 1 : length / 3) + 1;
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
    unsigned distance = nearest_distance(nearest->word, candidate, nearest->distance);

    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = candidate;
    }
}

const char *nearest_word(const char *word, const char *const *table, size_t count)
{
    struct nearest nearest;

    nearest_begin(&nearest, word);
    for (size_t i = 0; i < count; i++)
        nearest_try(&nearest, table[i]);
    return nearest.best;
}
