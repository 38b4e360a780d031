/* One pass over a JSON text (RFC 8259). Each step of a path leads one level down, so that all there is to know is how many levels
 * from the outermost on are those of the path. */
#include "json_scan.h"

#include <string.h>

#include "onager/text.h"

#define DEPTH_MAX 64

struct scanner {
    const char *at, *end;
    const struct json_path *path;
    struct json_scan *found;
    bool is_found;
    bool is_unsure;
    size_t depth;   /* containers that are open */
    size_t on_path; /* of them, the outermost that the path leads through */
    struct level {
        bool is_object;
        size_t members; /* complete or begun */
    } levels[DEPTH_MAX];
};

static bool unsure(struct scanner *s)
{
    s->is_unsure = true;
    return false;
}

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
        s->at++;
}

/* Behind the opening quote; the string as it stands. */
static bool scan_string(struct scanner *s, const char **text, size_t *length, bool *has_escapes)
{
    *text = s->at;
    *has_escapes = false;
    while (s->at < s->end && *s->at != '"') {
        unsigned char c = (unsigned char)*s->at;

        if (c < ' ')
            return false;
        if (c == '\\') {
            if (++s->at == s->end || *s->at == '\0' || strchr("\"\\/bfnrt", *s->at) == NULL)
                return unsure(s); /* \u or wrong */
            *has_escapes = true;
            s->at++;
        } else if (c < 0x80) {
            s->at++;
        } else {
            uint32_t code;
            size_t taken = text_decode(s->at, (size_t)(s->end - s->at), &code);

            if (taken == 0)
                return unsure(s);
            s->at += taken;
        }
    }
    if (s->at == s->end)
        return false;
    *length = (size_t)(s->at++ - *text);
    return true;
}

static void skip_digits(struct scanner *s)
{
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
}

static bool scan_number(struct scanner *s, struct json_scan *value)
{
    const char *begin = s->at, *digits;

    s->at += *s->at == '-';
    digits = s->at;
    skip_digits(s);
    if (s->at == digits || (*digits == '0' && s->at > digits + 1))
        return false;
    *value = (struct json_scan){ SCAN_INTEGER, begin, 0 };
    if (s->at < s->end && *s->at == '.') {
        value->kind = SCAN_REAL;
        digits = ++s->at;
        skip_digits(s);
        if (s->at == digits)
            return false;
    }
    value->length = (size_t)(s->at - begin);
    /* exponents, integers that may be too large, and the zero that has a sign */
    if (value->length > 18 || (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) || (*begin == '-' && begin[1] == '0'))
        return unsure(s);
    return true;
}

static bool scan_word(struct scanner *s, struct json_scan *value)
{
    static const char *const words[] = { "true", "false", "null" };

    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);

        if ((size_t)(s->end - s->at) >= length && memcmp(s->at, words[i], length) == 0) {
            *value = (struct json_scan){ SCAN_WORD, s->at, length };
            s->at += length;
            return true;
        }
    }
    return false;
}

/* The path has so many steps behind the level that the value stands in; 0: this is the value. */
static size_t steps_left(const struct scanner *s)
{
    return s->path->count - s->depth;
}

static bool is_length_wanted(const struct scanner *s)
{
    return steps_left(s) == 1 && s->path->steps[s->depth].kind == JSON_LENGTH;
}

static bool open_container(struct scanner *s, bool is_wanted)
{
    bool is_object = *s->at++ == '{';

    if (s->depth == DEPTH_MAX)
        return unsure(s);
    if (is_wanted) {
        if (steps_left(s) == 0 || (is_object && is_length_wanted(s)))
            return unsure(s); /* a container as text; a member that may be called length */
        s->on_path++;
    }
    s->levels[s->depth++] = (struct level){ .is_object = is_object };
    return true;
}

/* A value that is no container. */
static bool take_scalar(struct scanner *s, bool is_wanted)
{
    struct json_scan value = { .kind = SCAN_TEXT };
    bool has_escapes = false;

    if (*s->at == '"') {
        s->at++;
        if (!scan_string(s, &value.text, &value.length, &has_escapes))
            return false;
    } else if (*s->at == '-' || (*s->at >= '0' && *s->at <= '9')) {
        if (!scan_number(s, &value))
            return false;
    } else if (!scan_word(s, &value)) {
        return false;
    }
    if (!is_wanted)
        return true;
    if ((value.kind == SCAN_TEXT && is_length_wanted(s)) || (steps_left(s) == 0 && has_escapes))
        return unsure(s);
    if (steps_left(s) == 0) {
        *s->found = value;
        s->is_found = true;
    }
    return true;
}

/* `is_wanted`: the value stands where the path leads. Of two members of one name the later counts. */
static bool take_value(struct scanner *s, bool is_wanted)
{
    skip_blanks(s);
    if (s->at == s->end)
        return false;
    if (is_wanted)
        s->is_found = false;
    return *s->at == '{' || *s->at == '[' ? open_container(s, is_wanted) : take_scalar(s, is_wanted);
}

static bool close_container(struct scanner *s)
{
    const struct level *level = &s->levels[--s->depth];

    s->at++;
    if (s->on_path <= s->depth)
        return true;
    s->on_path--;
    if (is_length_wanted(s)) {
        *s->found = (struct json_scan){ SCAN_LENGTH, NULL, level->members };
        s->is_found = true;
    }
    return true;
}

static bool is_step(const struct scanner *s, const char *key, size_t length, size_t index)
{
    const struct json_step *step = &s->path->steps[s->depth - 1];

    if (s->on_path < s->depth)
        return false;
    if (key != NULL)
        return step->kind == JSON_MEMBER && strlen(step->key) == length && memcmp(step->key, key, length) == 0;
    return step->kind == JSON_INDEX && (step->index == -1 || step->index == (int64_t)index);
}

static bool take_member(struct scanner *s)
{
    const char *key;
    bool has_escapes;
    size_t length;

    if (s->at == s->end || *s->at != '"')
        return false;
    s->at++;
    if (!scan_string(s, &key, &length, &has_escapes))
        return false;
    if (has_escapes && s->on_path == s->depth)
        return unsure(s);
    skip_blanks(s);
    if (s->at == s->end || *s->at++ != ':')
        return false;
    return take_value(s, is_step(s, key, length, 0));
}

/* What comes next in the innermost container. */
static bool go_on(struct scanner *s)
{
    struct level *level = &s->levels[s->depth - 1];

    skip_blanks(s);
    if (s->at == s->end)
        return false;
    if (*s->at == (level->is_object ? '}' : ']'))
        return close_container(s);
    if (level->members > 0) {
        if (*s->at++ != ',')
            return false;
        skip_blanks(s);
    }
    level->members++;
    return level->is_object ? take_member(s) : take_value(s, is_step(s, NULL, 0, level->members - 1));
}

static bool is_known(const struct json_path *path)
{
    for (size_t i = 0; i < path->count; i++)
        if (path->steps[i].kind == JSON_ANY || (path->steps[i].kind == JSON_INDEX && path->steps[i].index < -1) ||
            (path->steps[i].kind == JSON_LENGTH && i + 1 < path->count))
            return false;
    return path->count > 0 && path->count < DEPTH_MAX;
}

enum json_scan_result json_scan(const char *text, size_t length, const struct json_path *path, struct json_scan *found)
{
    struct scanner s;
    bool is_good;

    if (!is_known(path))
        return SCAN_UNSURE;
    s.at = text;
    s.end = text + length;
    s.path = path;
    s.found = found;
    s.is_found = s.is_unsure = false;
    s.depth = s.on_path = 0;
    is_good = take_value(&s, true);
    while (is_good && s.depth > 0)
        is_good = go_on(&s);
    if (s.is_unsure)
        return SCAN_UNSURE;
    skip_blanks(&s);
    return is_good && s.at == s.end && s.is_found ? SCAN_FOUND : SCAN_ABSENT;
}
