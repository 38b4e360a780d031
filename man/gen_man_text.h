/* Words as mdoc text. For the generator of the manual alone: static functions, included once. */
#ifndef ONAGER_GEN_MAN_TEXT_H
#define ONAGER_GEN_MAN_TEXT_H

#include <stdio.h>
#include <string.h>

/* One word or sentence as mdoc text: no byte of it is read as a request. */
static void text(const char *words)
{
    for (const char *p = words; *p; p++) {
        if (p == words && (*p == '.' || *p == '\''))
            fputs("\\&", stdout);
        switch (*p) {
        case '\\':
            fputs("\\e", stdout);
            break;
        case '"':
            fputs("\\(dq", stdout);
            break;
        case '-':
            fputs("\\-", stdout);
            break;
        case '~':
            fputs("\\(ti", stdout);
            break;
        case '^':
            fputs("\\(ha", stdout);
            break;
        case '\'':
            fputs("\\(aq", stdout);
            break;
        default:
            putchar(*p);
        }
    }
}

/* A line of text, broken at blanks so that none is wider than a terminal of 80 columns. */
static void wrapped(const char *words)
{
    char line[80];

    while (strlen(words) > 70) {
        int cut = 70;

        while (cut > 0 && words[cut] != ' ')
            cut--;
        if (cut == 0)
            break;
        snprintf(line, sizeof(line), "%.*s", cut, words);
        text(line);
        putchar('\n');
        words += cut + 1;
    }
    text(words);
}

/* A sentence on lines of its own: a line ends after each full stop, as mdoc wants it. */
static void sentence(const char *words)
{
    char line[2048];

    while (*words) {
        const char *stop = strstr(words, ". ");
        size_t length = stop ? (size_t)(stop - words) + 1 : strlen(words);

        snprintf(line, sizeof(line), "%.*s", (int)length, words);
        wrapped(line);
        if (!stop && words[length - 1] != '.')
            putchar('.');
        putchar('\n');
        words = stop ? stop + 2 : words + length;
    }
}

static void help_sentence(const char *help)
{
    char line[2048];

    snprintf(line, sizeof(line), "%s", help);
    if (line[0] >= 'a' && line[0] <= 'z')
        line[0] = (char)(line[0] - 'a' + 'A');
    sentence(line);
}

/* A quoted argument of a macro. */
static void argument(const char *words)
{
    fputs(" \"", stdout);
    if (words[0] && strchr(".,:;()[]?!", words[0]) && !words[1])
        fputs("\\&", stdout); /* punctuation alone would be none of the macro's */
    text(words);
    putchar('"');
}

#endif
