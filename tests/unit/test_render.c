/* Rendering: parts become bytes, values stay values where they are put in, and what is random comes from the seed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "render.h"

struct fixture {
    struct plan plan;
    struct journey_shared shared;
    atomic_uint_fast64_t counters[4];
    struct renderer renderer;
    struct values values;
    struct random random;
    struct buf out;
};

static void set_up(struct fixture *f)
{
    static struct plan_variable variables[2];

    memset(f, 0, sizeof *f);
    f->plan.variables = variables;
    f->plan.variable_count = 2;
    f->shared = (struct journey_shared){ .plan = &f->plan, .counters = f->counters, .started_wall_ns = UINT64_C(1700000000123456789) };
    renderer_init(&f->renderer, &f->shared);
    values_init(&f->values, &f->shared);
    random_init(&f->random, 42, 7);
    f->values.random = &f->random;
    f->values.vu = 7;
    f->values.iteration = 0;
    f->values.scenario = "shoppers";
}

static void tear_down(struct fixture *f)
{
    values_release(&f->values, &f->plan);
    renderer_release(&f->renderer);
    buf_release(&f->out);
}

static const char *render(struct fixture *f, const struct text_part *parts, size_t count)
{
    struct plan_text text = { .parts = (struct text_part *)(uintptr_t)parts, .count = count };

    buf_clear(&f->out);
    render_text(&f->renderer, &f->values, &text, &f->out);
    return f->out.data != NULL ? f->out.data : "";
}

static const char *make(struct fixture *f, struct plan_generator *generator)
{
    return render(f, &(struct text_part){ .kind = TEXT_GENERATOR, .generator = generator }, 1);
}

static struct plan_text literal(char *text)
{
    struct text_part *part = mem_alloc(sizeof *part);

    *part = (struct text_part){ .kind = TEXT_LITERAL, .bytes = text, .length = strlen(text) };
    return (struct plan_text){ .parts = part, .count = 1 };
}

static void parts_stand_in_their_order(void **state)
{
    static char users[] = "/users/", v[] = "?v=";
    const struct text_part parts[] = {
        { .kind = TEXT_LITERAL, .bytes = users, .length = 7 },
        { .kind = TEXT_VARIABLE, .index = 1 },
        { .kind = TEXT_LITERAL, .bytes = v, .length = 3 },
        { .kind = TEXT_VU },
        { .kind = TEXT_ITERATION },
        { .kind = TEXT_SCENARIO },
        { .kind = TEXT_VARIABLE, .index = 0 },
    };
    struct fixture f;

    set_up(&f);
    buf_add_text(&f.values.variables[1], "ann");
    assert_string_equal(render(&f, parts, 7), "/users/ann?v=70shoppers");
    f.values.iteration = UINT64_MAX;
    assert_string_equal(render(&f, parts + 4, 1), "18446744073709551615");
    tear_down(&f);
}

static void assert_escapes(enum text_escape escape, const char *value, const char *expected)
{
    const struct text_part part = { .kind = TEXT_VARIABLE, .index = 0, .escape = escape };
    struct fixture f;

    set_up(&f);
    buf_add_text(&f.values.variables[0], value);
    assert_string_equal(render(&f, &part, 1), expected);
    tear_down(&f);
}

static void a_value_stays_a_value(void **state)
{
    assert_escapes(ESCAPE_NONE, "a\"\r\n", "a\"\r\n");
    assert_escapes(ESCAPE_JSON, "plain", "plain");
    assert_escapes(ESCAPE_JSON, "caf\xc3\xa9\"\\\n\x01", "caf\xc3\xa9\\\"\\\\\\n\\u0001");
    assert_escapes(ESCAPE_JSON, "\xff", "\xef\xbf\xbd");
    assert_escapes(ESCAPE_TARGET, "/a b?c=d&e=%20#f\xc3\xa9\r\n", "/a%20b?c=d&e=%20%23f%C3%A9%0D%0A");
    assert_escapes(ESCAPE_QUERY, "a b&c=d/~", "a%20b%26c%3Dd%2F~");
    assert_escapes(ESCAPE_HEADER, "x\r\nEvil: y\x7f", "x  Evil: y ");
    assert_escapes(ESCAPE_QUOTED, "f\"\r\n.txt", "f%22%0D%0A.txt");
}

static void the_same_seed_and_vu_say_the_same(void **state)
{
    struct plan_generator uuid = { .kind = GENERATOR_UUID };
    struct fixture f, g;
    char first[40];

    set_up(&f);
    set_up(&g);
    snprintf(first, sizeof first, "%s", make(&f, &uuid));
    assert_string_equal(make(&g, &uuid), first);
    assert_string_not_equal(make(&f, &uuid), first);
    random_init(&g.random, 42, 8);
    assert_string_not_equal(make(&g, &uuid), first);
    tear_down(&f);
    tear_down(&g);
}

static void a_uuid_is_of_version_4(void **state)
{
    struct plan_generator uuid = { .kind = GENERATOR_UUID };
    struct fixture f;

    set_up(&f);
    for (int i = 0; i < 100; i++) {
        const char *text = make(&f, &uuid);

        assert_int_equal(strlen(text), 36);
        assert_int_equal(strspn(text, "0123456789abcdef-"), 36);
        assert_true(text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' && text[14] == '4');
        assert_non_null(strchr("89ab", text[19]));
    }
    tear_down(&f);
}

static void numbers_reach_both_ends_and_no_further(void **state)
{
    struct plan_generator die = { .kind = GENERATOR_RANDOM_INT, .low = -2, .high = 3 };
    struct plan_generator any = { .kind = GENERATOR_RANDOM_INT, .low = INT64_MIN, .high = INT64_MAX };
    struct plan_generator price = { .kind = GENERATOR_RANDOM_FLOAT, .low_float = 1, .high_float = 2, .digits = 2 };
    unsigned seen = 0;
    struct fixture f;

    set_up(&f);
    for (int i = 0; i < 1000; i++) {
        long value = strtol(make(&f, &die), NULL, 10);
        double amount;

        assert_in_range(value + 2, 0, 5);
        seen |= 1U << (value + 2);
        amount = strtod(make(&f, &price), NULL);
        assert_true(amount >= 1 && amount <= 2 && strlen(f.out.data) == 4);
        make(&f, &any);
    }
    assert_int_equal(seen, 63);
    tear_down(&f);
}

static void strings_have_their_length_and_letters(void **state)
{
    char letters[] = "abc";
    struct plan_generator word = { .kind = GENERATOR_RANDOM_STRING, .low = 2, .high = 4, .alphabet = letters };
    unsigned seen = 0;
    struct fixture f;

    set_up(&f);
    for (int i = 0; i < 500; i++) {
        size_t length = strlen(make(&f, &word));

        assert_in_range(length, 2, 4);
        assert_int_equal(strspn(f.out.data, letters), length);
        seen |= 1U << length;
    }
    assert_int_equal(seen, 1U << 2 | 1U << 3 | 1U << 4);
    tear_down(&f);
}

static void a_choice_follows_its_weights(void **state)
{
    char a[] = "a", b[] = "b", c[] = "c";
    struct plan_text texts[] = { literal(a), literal(b), literal(c) };
    uint64_t ends[] = { 3, 3, 4 };
    struct plan_generator choice = { .kind = GENERATOR_RANDOM_CHOICE, .texts = texts, .text_count = 3, .weight_ends = ends };
    unsigned counts[3] = { 0 };
    struct fixture f;

    set_up(&f);
    for (int i = 0; i < 4000; i++)
        counts[make(&f, &choice)[0] - 'a']++;
    assert_in_range(counts[0], 2850, 3150);
    assert_int_equal(counts[1], 0);
    assert_int_equal(counts[0] + counts[2], 4000);
    tear_down(&f);
    for (int i = 0; i < 3; i++)
        free(texts[i].parts);
}

static void sequences_count_for_all(void **state)
{
    char a[] = "a", b[] = "b";
    struct plan_text texts[] = { literal(a), literal(b) };
    struct plan_generator ids = { .kind = GENERATOR_SEQUENCE, .low = 10, .high = -5, .counter = 1 };
    struct plan_generator turns = { .kind = GENERATOR_SEQUENCE_CHOICE, .texts = texts, .text_count = 2, .counter = 2 };
    struct fixture f;

    set_up(&f);
    assert_string_equal(make(&f, &ids), "10");
    assert_string_equal(make(&f, &ids), "5");
    assert_string_equal(make(&f, &ids), "0");
    assert_string_equal(make(&f, &ids), "-5");
    assert_string_equal(make(&f, &turns), "a");
    assert_string_equal(make(&f, &turns), "b");
    assert_string_equal(make(&f, &turns), "a");
    assert_int_equal(atomic_load(&f.counters[1]), 4);
    tear_down(&f);
    free(texts[0].parts);
    free(texts[1].parts);
}

static void instants_have_their_format(void **state)
{
    char day[] = "%Y-%m-%d";
    struct plan_generator at = { .kind = GENERATOR_RANDOM_TIMESTAMP, .low = 0, .high = 1, .format = TIMESTAMP_ISO };
    struct plan_generator next = {
        .kind = GENERATOR_SEQUENCE_TIMESTAMP, .low = 0, .high = INT64_C(86400000000000), .is_low_relative = true
    };
    struct fixture f;

    set_up(&f);
    assert_string_equal(make(&f, &at), "1970-01-01T00:00:00.000Z");
    at.low = -1;
    at.high = 0;
    assert_string_equal(make(&f, &at), "1969-12-31T23:59:59.999Z");
    at.format = TIMESTAMP_STRFTIME;
    at.strftime_format = day;
    assert_string_equal(make(&f, &at), "1969-12-31");
    assert_string_equal(make(&f, &next), "1700000000");
    assert_string_equal(make(&f, &next), "1700086400");
    next.format = TIMESTAMP_UNIX_MS;
    assert_string_equal(make(&f, &next), "1700172800123");
    next.kind = GENERATOR_TIMESTAMP;
    next.low = 0;
    next.format = TIMESTAMP_UNIX;
    assert_int_equal(strlen(make(&f, &next)), 10);
    tear_down(&f);
}

static void encodings_are_those_of_their_standards(void **state)
{
    char text[] = "hi?>\xff!";
    struct plan_text texts[] = { literal(text) };
    struct plan_generator encode = { .kind = GENERATOR_BASE64, .texts = texts, .text_count = 1 };
    struct fixture f;

    set_up(&f);
    assert_string_equal(make(&f, &encode), "aGk/Pv8h");
    encode.kind = GENERATOR_BASE64URL;
    assert_string_equal(make(&f, &encode), "aGk_Pv8h");
    encode.kind = GENERATOR_URLENCODE;
    assert_string_equal(make(&f, &encode), "hi%3F%3E%FF%21");
    encode.kind = GENERATOR_JSON;
    assert_string_equal(make(&f, &encode), "\"hi?>\xef\xbf\xbd!\"");
    text[0] = '\0';
    texts[0].parts->length = 0;
    encode.kind = GENERATOR_HASH;
    encode.hash = HASH_MD5;
    assert_string_equal(make(&f, &encode), "d41d8cd98f00b204e9800998ecf8427e");
    encode.hash = HASH_SHA1;
    assert_string_equal(make(&f, &encode), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    encode.hash = HASH_CRC32;
    assert_string_equal(make(&f, &encode), "00000000");
    tear_down(&f);
    free(texts[0].parts);
}

static void arrays_and_maps_are_json(void **state)
{
    char letters[] = "ab", quote[] = "\"";
    struct plan_generator letter = { .kind = GENERATOR_RANDOM_STRING, .low = 1, .high = 1, .alphabet = letters };
    struct plan_generator number = { .kind = GENERATOR_SEQUENCE, .low = 1, .high = 1 };
    struct text_part letter_part = { .kind = TEXT_GENERATOR, .generator = &letter };
    struct text_part number_part = { .kind = TEXT_GENERATOR, .generator = &number };
    struct plan_text numbers = { .parts = &number_part, .count = 1, .is_json = true }, quotes = literal(quote);
    struct plan_generator array = { .kind = GENERATOR_RANDOM_ARRAY, .low = 3, .high = 3, .texts = &numbers, .text_count = 1 };
    struct plan_text pair[] = { { .parts = &letter_part, .count = 1 }, numbers };
    struct plan_generator map = { .kind = GENERATOR_RANDOM_MAP, .low = 9, .high = 9, .texts = pair, .text_count = 2 };
    struct fixture f;

    set_up(&f);
    assert_string_equal(make(&f, &array), "[1,2,3]");
    array.texts = &quotes;
    assert_string_equal(make(&f, &array), "[\"\\\"\",\"\\\"\",\"\\\"\"]");
    array.low = array.high = 0;
    assert_string_equal(make(&f, &array), "[]");
    /* there are only two keys: each stands there once */
    make(&f, &map);
    assert_true(strcmp(f.out.data, "{\"a\":4,\"b\":5}") == 0 || strcmp(f.out.data, "{\"b\":4,\"a\":5}") == 0);
    tear_down(&f);
    free(quotes.parts);
}

static void a_generator_may_stand_in_a_generator(void **state)
{
    char word[] = "a b";
    struct plan_text inner_text = literal(word);
    struct plan_generator inner = { .kind = GENERATOR_URLENCODE, .texts = &inner_text, .text_count = 1 };
    struct text_part inner_part = { .kind = TEXT_GENERATOR, .generator = &inner };
    struct plan_text outer_text = { .parts = &inner_part, .count = 1 };
    struct plan_generator outer = { .kind = GENERATOR_BASE64, .texts = &outer_text, .text_count = 1 };
    struct fixture f;

    set_up(&f);
    assert_string_equal(make(&f, &outer), "YSUyMGI=");
    tear_down(&f);
    free(inner_text.parts);
}

static void an_address_leads_nowhere(void **state)
{
    struct plan_generator email = { .kind = GENERATOR_EMAIL }, name = { .kind = GENERATOR_NAME };
    struct fixture f;

    set_up(&f);
    for (int i = 0; i < 50; i++) {
        assert_non_null(strstr(make(&f, &email), "@example.com"));
        assert_non_null(strchr(make(&f, &name), ' '));
    }
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_stand_in_their_order),
        cmocka_unit_test(a_value_stays_a_value),
        cmocka_unit_test(the_same_seed_and_vu_say_the_same),
        cmocka_unit_test(a_uuid_is_of_version_4),
        cmocka_unit_test(numbers_reach_both_ends_and_no_further),
        cmocka_unit_test(strings_have_their_length_and_letters),
        cmocka_unit_test(a_choice_follows_its_weights),
        cmocka_unit_test(sequences_count_for_all),
        cmocka_unit_test(instants_have_their_format),
        cmocka_unit_test(encodings_are_those_of_their_standards),
        cmocka_unit_test(arrays_and_maps_are_json),
        cmocka_unit_test(a_generator_may_stand_in_a_generator),
        cmocka_unit_test(an_address_leads_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
