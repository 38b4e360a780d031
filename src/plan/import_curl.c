/* curl command lines to requests: the words of each, its options from the table (curl_option.def). */
#include <stdlib.h>
#include <string.h>

#include "curl_reading.h"
#include "mem.h"
#include "onager/units.h"
#include "shell_words.h"

enum action {
    METHOD,
    HEADER,
    DATA,
    DATA_RAW,
    DATA_BINARY,
    DATA_URLENCODE,
    QUERY,
    JSON,
    FORM,
    FORM_STRING,
    GET,
    HEAD,
    URL,
    USER,
    BEARER,
    AGENT,
    REFERER,
    COOKIE,
    JAR,
    COMPRESSED,
    LOCATION,
    INSECURE,
    CACERT,
    CERT,
    KEY,
    PROXY,
    MAX_TIME,
    UPLOAD,
    RANGE,
    NEXT,
    GLOBOFF,
    SKIP,
};

static const struct curl_option {
    const char *name;
    char letter;
    bool takes;
    enum action action;
} options[] = {
#define CURL_OPTION(long, letter, takes, action) { long, letter, takes, action },
#include "curl_option.def"
#undef CURL_OPTION
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- options ---- */

static int add_cookie(struct curl_reading *r, const char *value)
{
    if (strchr(value, '=') == NULL) {
        import_note(
            r->import, r->line, "-b %s reads cookies from a file, which is left out; cookies = iteration keeps those of the answers",
            value);
        r->import->wants_cookies = true;
        return 0;
    }
    curl_set_header(r, "Cookie", value);
    return 0;
}

static void set_text(char **member, const char *value)
{
    free(*member);
    *member = mem_copy(value);
}

static int set_max_time(struct curl_reading *r, const char *value)
{
    if (!units_parse_duration(value, BARE_SECONDS, &r->request.timeout_ns))
        return curl_refuse(r, "-m wants seconds, got \"%.60s\"", value);
    return 0;
}

static void set_user(struct curl_reading *r, const char *value)
{
    if (strchr(value, ':') == NULL)
        import_note(r->import, r->line, "-u without a password: an empty one is taken");
    free(r->request.user);
    r->request.user = strchr(value, ':') != NULL ? mem_copy(value) : mem_format("%s:", value);
}

static int obey(struct curl_reading *r, enum action action, const char *value)
{
    value = value != NULL ? value : ""; /* of an option that takes none */
    switch (action) {
    case METHOD:
        r->method = value;
        return 0;
    case HEADER:
        return curl_add_header(r, value);
    case DATA:
        return curl_add_data(r, CURL_DATA, value);
    case DATA_RAW:
        return curl_add_data(r, CURL_DATA_RAW, value);
    case DATA_BINARY:
        return curl_add_data(r, CURL_DATA_BINARY, value);
    case DATA_URLENCODE:
        return curl_add_data(r, CURL_DATA_URLENCODE, value);
    case JSON:
        return curl_add_data(r, CURL_DATA_JSON, value);
    case QUERY:
        return curl_add_query(r, value);
    case FORM:
        return curl_add_field(r, value, false);
    case FORM_STRING:
        return curl_add_field(r, value, true);
    case GET:
        r->is_get = true;
        return 0;
    case HEAD:
        r->is_head = true;
        return 0;
    case URL:
        if (r->url != NULL)
            return curl_refuse(r, "two URLs in one command: one each, or --next between them (\"%.100s\")", value);
        r->url = value;
        return 0;
    case USER:
        set_user(r, value);
        return 0;
    case BEARER:
        set_text(&r->request.bearer, value);
        return 0;
    case AGENT:
        curl_set_header(r, "User-Agent", value);
        return 0;
    case REFERER:
        curl_set_header(r, "Referer", value);
        return 0;
    case COOKIE:
        return add_cookie(r, value);
    case JAR:
        r->import->wants_cookies = true;
        return 0;
    case COMPRESSED:
        r->request.is_decoded = true;
        return 0;
    case LOCATION:
        r->request.follows = true;
        return 0;
    case INSECURE:
        r->import->is_insecure = true;
        return 0;
    case CACERT:
        set_text(&r->import->ca_file, value);
        return 0;
    case CERT:
        set_text(&r->import->cert_file, value);
        return 0;
    case KEY:
        set_text(&r->import->key_file, value);
        return 0;
    case PROXY:
        set_text(&r->import->proxy, value);
        return 0;
    case MAX_TIME:
        return set_max_time(r, value);
    case UPLOAD:
        r->upload = value;
        return 0;
    case RANGE: {
        char *range = mem_format("bytes=%s", value);

        curl_set_header(r, "Range", range);
        free(range);
        return 0;
    }
    case GLOBOFF:
        r->is_globbing = false;
        return 0;
    case NEXT:
    case SKIP:
        return 0;
    }
    return 0;
}

static const struct curl_option *find_long(const char *name, size_t length, bool *is_no)
{
    *is_no = length > 3 && strncmp(name, "no-", 3) == 0;
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0) {
            *is_no = false;
            return &options[i];
        }
    for (size_t i = 0; *is_no && i < COUNT_OF(options); i++)
        if (strlen(options[i].name) == length - 3 && strncmp(options[i].name, name + 3, length - 3) == 0)
            return &options[i];
    return NULL;
}

static const struct curl_option *find_letter(char letter)
{
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (options[i].letter == letter)
            return &options[i];
    return NULL;
}

/* ---- words ---- */

/* The options of one word, and the value from this word or the next. */
static int take_option(struct curl_reading *r, char **words, size_t count, size_t *at, bool *is_next)
{
    const char *word = words[*at], *rest = word + 1;

    do {
        bool is_long = word[1] == '-', is_no = false;
        const char *value = NULL;
        const struct curl_option *option = is_long ? find_long(word + 2, strlen(word + 2), &is_no) : find_letter(*rest);

        if (option == NULL && is_long)
            return curl_refuse(r, "curl's option %.60s is not known here: leave it out", word);
        if (option == NULL)
            return curl_refuse(r, "curl's option -%.1s is not known here: leave it out", rest);
        rest = is_long ? "" : rest + 1;
        if (option->takes && *rest != '\0') {
            value = rest;
            rest = "";
        } else if (option->takes) {
            if (*at + 1 >= count)
                return curl_refuse(r, "the option %.60s wants a value", word);
            value = words[++*at];
        }
        *is_next |= option->action == NEXT;
        if (!is_no && obey(r, option->action, value) != 0)
            return -1;
    } while (*rest != '\0');
    return 0;
}

static int read_command(struct import *import, const struct shell_command *command, struct error *err)
{
    bool has_options = true;
    struct curl_reading r;
    int result = 0;

    curl_reading_begin(&r, import, command->line, err);
    for (size_t i = 1; result == 0 && i < command->count; i++) {
        const char *word = command->words[i];
        bool is_next = false;

        if (has_options && strcmp(word, "--") == 0)
            has_options = false;
        else if (has_options && word[0] == '-' && word[1] != '\0')
            result = take_option(&r, command->words, command->count, &i, &is_next);
        else
            result = obey(&r, URL, word);
        if (result == 0 && is_next) {
            result = curl_finish(&r);
            curl_reading_end(&r);
            curl_reading_begin(&r, import, command->line, err);
        }
    }
    if (result == 0)
        result = curl_finish(&r);
    curl_reading_end(&r);
    return result;
}

static bool is_curl(const char *word)
{
    const char *slash = strrchr(word, '/');

    word = slash != NULL ? slash + 1 : word;
    return strcmp(word, "curl") == 0 || strcmp(word, "curl.exe") == 0;
}

int import_curl(struct import *import, const char *text, size_t length, struct error *err)
{
    struct shell_command command;
    struct shell_text shell;
    const char *why = NULL;
    int result = 0;

    if (length > SHELL_TEXT_MAX)
        return error_set(err, EXIT_PLAN, "%s: over 16 MiB of command lines", import->source);
    shell_text_init(&shell, text, length);
    while (result == 0 && shell_text_next(&shell, &command, &why)) {
        char **words = command.words;

        if (is_curl(words[0]))
            result = read_command(import, &command, err);
        else
            result = error_set(
                err, EXIT_PLAN, "%s:%u: expected a curl command, got \"%.60s\"%s", import->source, command.line, words[0],
                strchr(words[0], '=') != NULL ? "; a URL with & stands in quotes" : "");
        shell_command_release(&command);
    }
    if (result == 0 && why != NULL)
        result = error_set(err, EXIT_PLAN, "%s:%u: %s", import->source, shell.line, why);
    shell_text_release(&shell);
    return result;
}
