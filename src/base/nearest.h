/* "Did you mean": the known word that is nearest to a mistyped one. Pure; any thread. */
#ifndef ONAGER_NEAREST_H
#define ONAGER_NEAREST_H

#include <stddef.h>

/* Words longer than this are not compared. */
#define NEAREST_LENGTH_MAX 64

/* Steps between two words: insert, delete or change a letter, swap two neighbours. Big and small letters are the same, and so
 * are '-', '_' and ' '. At most `limit` + 1 is returned. */
unsigned nearest_distance(const char *a, const char *b, unsigned limit);

/* For tables of any shape: begin, try each word, read best. All strings are borrowed. */
struct nearest {
    const char *word;
    const char *best; /* NULL while nothing is near enough: one step in three letters, at least one */
    unsigned distance;
};
void nearest_begin(struct nearest *nearest, const char *word);
void nearest_try(struct nearest *nearest, const char *candidate);

/* The nearest of `count` words, or NULL. */
const char *nearest_word(const char *word, const char *const *table, size_t count);

#endif
