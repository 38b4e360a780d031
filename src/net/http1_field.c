/* Values of the framing header fields, in all the forms that RFC 9110 5.6.1 and RFC 9112 6 allow. Pure. */
#include "http1_field.h"

#include <strings.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_space((*text)[0])) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_space((*text)[*length - 1]))
        (*length)--;
}

/* The next element of a comma-separated list, trimmed; false at its end. */
static bool next_element(const char **list, size_t *length, const char **element, size_t *element_length)
{
    const char *comma;

    if (*list == NULL)
        return false;
    comma = memchr(*list, ',', *length);
    *element = *list;
    *element_length = comma != NULL ? (size_t)(comma - *list) : *length;
    if (comma != NULL) {
        *length -= *element_length + 1;
        *list = comma + 1;
    } else {
        *list = NULL;
    }
    trim(element, element_length);
    return true;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

/* Digits only, and within 63 bits so that sums cannot overflow. */
static bool read_decimal(const char *text, size_t length, uint64_t *value)
{
    uint64_t sum = 0;

    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';

        if (digit > 9 || sum > ((uint64_t)INT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

/* RFC 9112 6.3: the same value again is tolerated, another one is not. */
const char *http1_read_length(struct http1_parser *parser, const char *value, size_t length)
{
    const char *element;
    size_t element_length;
    uint64_t number;

    while (next_element(&value, &length, &element, &element_length)) {
        if (!read_decimal(element, element_length, &number))
            return "Content-Length is not a number";
        if (parser->has_length && number != parser->length)
            return "two different Content-Length values";
        parser->has_length = true;
        parser->length = number;
    }
    return NULL;
}

const char *http1_read_coding(struct http1_parser *parser, const char *value, size_t length)
{
    const char *element;
    size_t element_length;

    while (next_element(&value, &length, &element, &element_length)) {
        if (element_length == 0 || is_word(element, element_length, "identity"))
            continue;
        if (parser->is_chunked)
            return "chunked is not the last transfer coding";
        if (is_word(element, element_length, "chunked"))
            parser->is_chunked = true;
        else
            parser->has_other_coding = true;
    }
    return NULL;
}

void http1_read_connection(struct http1_parser *parser, const char *value, size_t length)
{
    const char *element;
    size_t element_length;

    while (next_element(&value, &length, &element, &element_length)) {
        if (is_word(element, element_length, "close"))
            parser->says_close = true;
        else if (is_word(element, element_length, "keep-alive"))
            parser->says_keep = true;
    }
}
