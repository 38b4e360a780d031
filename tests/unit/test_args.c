/* args: every option of the table arrives where it belongs, by its variable, its long name, its letter and its aliases. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "certificate.h"
#include "mem.h"
#include "onager/units.h"

#define URL "http://127.0.0.1:1/"

static char plan_file[] = "/tmp/onager_args_XXXXXX";        /* two scenarios */
static char key_plan_file[] = "/tmp/onager_args_XXXXXX";    /* a certificate that a key can belong to */
static char certificate_file[] = "/tmp/onager_args_XXXXXX"; /* with its key */

/* What to give an option so that it differs from its normal value; "" for a flag. */
static const char *trial_value(enum option_id id)
{
    switch (id) {
    case OPTION_ID_VUS:
        return "7";
    case OPTION_ID_DURATION:
        return "11s";
    case OPTION_ID_RATE:
        return "13/m";
    case OPTION_ID_ITERATIONS:
        return "17";
    case OPTION_ID_RAMP:
        return "5s";
    case OPTION_ID_ARRIVALS:
        return "poisson";
    case OPTION_ID_STAGE:
        return "9s:3";
    case OPTION_ID_SCENARIO:
        return "second";
    case OPTION_ID_SEED:
        return "19";
    case OPTION_ID_ENV:
        return "TRIAL=given";
    case OPTION_ID_METHOD:
        return "PUT";
    case OPTION_ID_HEADER:
        return "X-Trial: yes";
    case OPTION_ID_BODY:
        return "some body";
    case OPTION_ID_JSON:
        return "{\"a\":1}";
    case OPTION_ID_TIMEOUT:
        return "3s";
    case OPTION_ID_EXPECT:
        return "404";
    case OPTION_ID_REDIRECTS:
        return "4";
    case OPTION_ID_COOKIES:
        return "keep";
    case OPTION_ID_REUSE:
        return "iteration";
    case OPTION_ID_CONNECTIONS:
        return "shared:64";
    case OPTION_ID_USER:
        return "ann:secret";
    case OPTION_ID_BEARER:
        return "token";
    case OPTION_ID_RETRY:
        return "2";
    case OPTION_ID_SAVE_PLAN:
        return "again.ini";
    case OPTION_ID_TRANSPORT:
        return "curl";
    case OPTION_ID_SUMMARY:
    case OPTION_ID_HTTP_DEBUG:
        return "full";
    case OPTION_ID_THRESHOLD:
        return "p95<123ms";
    case OPTION_ID_REQUIRE_VALID:
        return "degraded";
    case OPTION_ID_THEME:
        return "mono";
    case OPTION_ID_COLOR:
        return "never";
    case OPTION_ID_GLYPHS:
        return "ascii";
    case OPTION_ID_OUT:
        return "json=trial.json";
    case OPTION_ID_THREADS:
        return "3";
    case OPTION_ID_RESOLVE:
        return "+a.test:81:127.0.0.1,[::1]";
    case OPTION_ID_CONNECT_TO:
        return "a.test::[::1]:82";
    case OPTION_ID_SOURCE:
        return "127.0.0.2, eth0";
    case OPTION_ID_UNIX_SOCKET:
        return "/run/x.sock";
    case OPTION_ID_PROXY:
        return "socks5h://ann:s%40cret@p.test";
    case OPTION_ID_NO_PROXY:
        return ".local,*";
    case OPTION_ID_CACERT:
    case OPTION_ID_CERT:
    case OPTION_ID_KEY:
        return certificate_file;
    case OPTION_ID_TLS_MIN:
    case OPTION_ID_TLS_MAX:
        return "1.2";
    default:
        return "";
    }
}

static bool has_header(const struct plan_request *request, const char *name, const char *value)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcmp(request->headers[i].name, name) == 0 && strcmp(request->headers[i].value, value) == 0)
            return true;
    return false;
}

static bool has_body(const struct plan_request *request, const char *body)
{
    return request->body != NULL && request->body_length == strlen(body) && memcmp(request->body, body, request->body_length) == 0;
}

static bool is_text(const char *text, const char *expected)
{
    return text != NULL && strcmp(text, expected) == 0;
}

/* Whether the trial value of an option about the way to the server is in force. */
static bool network_holds(enum option_id id, const struct plan_network *n)
{
    switch (id) {
    case OPTION_ID_RESOLVE:
        return n->resolve_count == 1 && is_text(n->resolves[0].host, "a.test") && n->resolves[0].port == 81 &&
               n->resolves[0].address_count == 2 && is_text(n->resolves[0].addresses[1], "::1");
    case OPTION_ID_CONNECT_TO:
        return n->connect_to_count == 1 && is_text(n->connect_tos[0].host, "a.test") && n->connect_tos[0].port == 0 &&
               is_text(n->connect_tos[0].to_host, "::1") && n->connect_tos[0].to_port == 82;
    case OPTION_ID_IPV4:
        return n->policy == POLICY_ONLY_IPV4;
    case OPTION_ID_IPV6:
        return n->policy == POLICY_ONLY_IPV6;
    case OPTION_ID_SOURCE:
        return n->source_count == 2 && is_text(n->sources[1], "eth0");
    case OPTION_ID_UNIX_SOCKET:
        return is_text(n->unix_socket, "/run/x.sock");
    case OPTION_ID_PROXY:
        return n->proxy.kind == PROXY_SOCKS5H && is_text(n->proxy.host, "p.test") && n->proxy.port == 1080 &&
               is_text(n->proxy.user, "ann:s@cret");
    default:
        return n->no_proxy_count == 2 && is_text(n->no_proxy[0], ".local");
    }
}

/* Whether the trial value is in force. */
static bool holds(enum option_id id, const struct args *args, const struct plan *plan)
{
    const struct plan_scenario *scenario = &plan->scenarios[0];
    const struct plan_request *request = &plan->requests[0];

    switch (id) {
    case OPTION_ID_VUS:
        return scenario->executor == EXECUTOR_CONSTANT_VUS && scenario->vus == 7;
    case OPTION_ID_DURATION:
        return scenario->duration_ns == 11 * NS_PER_S;
    case OPTION_ID_RATE:
        return scenario->executor == EXECUTOR_CONSTANT_ARRIVAL_RATE && scenario->rate.count == 13 && scenario->rate.per_ns == 60 * NS_PER_S;
    case OPTION_ID_ITERATIONS:
        return scenario->executor == EXECUTOR_SHARED_ITERATIONS && scenario->iterations == 17;
    case OPTION_ID_WAIT:
        return scenario->when_busy == WHEN_BUSY_WAIT;
    case OPTION_ID_ARRIVALS:
        return scenario->arrivals == ARRIVALS_POISSON;
    case OPTION_ID_RAMP:
        return scenario->stage_count == 2 && scenario->stages[0].duration_ns == 5 * NS_PER_S && scenario->stages[0].from == 0;
    case OPTION_ID_STAGE:
        return scenario->executor == EXECUTOR_RAMPING_VUS && scenario->duration_ns == 9 * NS_PER_S && scenario->vus == 3;
    case OPTION_ID_SCENARIO:
        return plan->scenario_count == 1 && strcmp(scenario->name, "second") == 0;
    case OPTION_ID_PAUSED:
        return plan->start_paused;
    case OPTION_ID_SEED:
        return plan->seed == 19;
    case OPTION_ID_ENV:
        return strstr(request->target, "/given") != NULL;
    case OPTION_ID_METHOD:
        return strcmp(request->method, "PUT") == 0;
    case OPTION_ID_HEADER:
        return has_header(request, "X-Trial", "yes");
    case OPTION_ID_BODY:
        return has_body(request, "some body");
    case OPTION_ID_JSON:
        return has_body(request, "{\"a\":1}") && has_header(request, "Content-Type", "application/json");
    case OPTION_ID_TIMEOUT:
        return request->timeout_ns == 3 * NS_PER_S;
    case OPTION_ID_EXPECT:
        return request->expect[404 / 64] == (uint64_t)1 << 404 % 64;
    case OPTION_ID_COOKIES:
        return plan->cookies == COOKIES_KEEP;
    case OPTION_ID_USER:
        return is_text(request->user, "ann:secret");
    case OPTION_ID_BEARER:
        return is_text(request->bearer, "token");
    case OPTION_ID_DIGEST:
        return request->auth == AUTH_DIGEST && request->transport == TRANSPORT_CURL;
    case OPTION_ID_NTLM:
        return request->auth == AUTH_NTLM && request->transport == TRANSPORT_CURL;
    case OPTION_ID_NEGOTIATE:
        return request->auth == AUTH_NEGOTIATE && request->transport == TRANSPORT_CURL;
    case OPTION_ID_TRANSPORT:
        return request->transport == TRANSPORT_CURL && request->auth == AUTH_BASIC;
    case OPTION_ID_HTTP3:
        return request->http3 && request->transport == TRANSPORT_CURL;
    case OPTION_ID_DECODE:
        return request->decode;
    case OPTION_ID_RETRY:
        return request->retry.times == 2;
    case OPTION_ID_DISABLE_KEEPALIVE:
        return plan->reuse == REUSE_NONE;
    case OPTION_ID_REUSE:
        return plan->reuse == REUSE_ITERATION;
    case OPTION_ID_CONNECTIONS:
        return plan->shared_connections == 64;
    case OPTION_ID_FOLLOW:
        return request->redirects == 10;
    case OPTION_ID_REDIRECTS:
        return request->redirects == 4;
    case OPTION_ID_SAVE_PLAN:
        return is_text(args->save_plan, "again.ini");
    case OPTION_ID_SUMMARY:
        return is_text(args->summary, "full");
    case OPTION_ID_HTTP_DEBUG:
        return args->http_debug == HTTP_DEBUG_FULL;
    case OPTION_ID_ONCE:
        return args->is_once;
    case OPTION_ID_THRESHOLD:
        return plan->threshold_count == 1 && plan->thresholds[0].limit == 123 && plan->thresholds[0].quantile == 0.95;
    case OPTION_ID_REQUIRE_VALID:
        return plan->require_valid && plan->require_undegraded;
    case OPTION_ID_TUI:
        return args->show == SHOW_DASHBOARD;
    case OPTION_ID_PROGRESS:
        return args->show == SHOW_PROGRESS;
    case OPTION_ID_QUIET:
        return args->show == SHOW_QUIET;
    case OPTION_ID_EXIT:
        return args->exit_at_end;
    case OPTION_ID_NO_SOCKET:
        return args->no_socket;
    case OPTION_ID_YES:
        return args->says_yes;
    case OPTION_ID_THEME:
        return is_text(args->theme, "mono");
    case OPTION_ID_COLOR:
        return is_text(args->color, "never");
    case OPTION_ID_GLYPHS:
        return is_text(args->glyphs, "ascii");
    case OPTION_ID_OUT:
        return plan->output_count == 1 && strcmp(plan->outputs[0].kind, "json") == 0 && strcmp(plan->outputs[0].path, "trial.json") == 0;
    case OPTION_ID_THREADS:
        return plan->threads == 3;
    case OPTION_ID_REALTIME:
        return plan->realtime;
    case OPTION_ID_RESOLVE:
    case OPTION_ID_CONNECT_TO:
    case OPTION_ID_IPV4:
    case OPTION_ID_IPV6:
    case OPTION_ID_SOURCE:
    case OPTION_ID_UNIX_SOCKET:
    case OPTION_ID_PROXY:
    case OPTION_ID_NO_PROXY:
        return network_holds(id, &plan->network);
    case OPTION_ID_INSECURE:
        return plan->tls.insecure;
    case OPTION_ID_CACERT:
        return is_text(plan->tls.ca_file, certificate_file);
    case OPTION_ID_CERT:
        return is_text(plan->tls.cert_file, certificate_file);
    case OPTION_ID_KEY:
        return is_text(plan->tls.key_file, certificate_file);
    case OPTION_ID_TLS_MIN:
        return plan->tls.minimum == TLS_VERSION_1_2;
    case OPTION_ID_TLS_MAX:
        return plan->tls.maximum == TLS_VERSION_1_2;
    case OPTION_ID_HELP:
        return args->wants_help;
    case OPTION_ID_VERSION:
        return args->wants_version;
    case OPTION_ID_COUNT:
        break;
    }
    fail_msg("option %s has no case in this test", option_info(id)->name);
    return false;
}

/* Reads the words, builds the plan and says whether the trial value of `id` is in force. */
static bool in_force(enum option_id id, int argc, char **argv)
{
    struct error err = { 0 };
    struct buf notes;
    struct args args;
    struct plan *plan;
    bool result;

    buf_init(&notes);
    if (args_parse(&args, argc, argv, &notes, &err) != 0)
        fail_msg("%s: %s", option_info(id)->name, err.text);
    assert_int_equal(args.operand_count, 1);
    plan = plan_build(&(struct plan_request_by_user){ args.operands[0], args.overrides, args.override_count }, &notes, &err);
    if (plan == NULL)
        fail_msg("%s: %s", option_info(id)->name, err.text);
    result = holds(id, &args, plan);
    plan_free(plan);
    args_release(&args);
    buf_release(&notes);
    return result;
}

static char *target_of(enum option_id id)
{
    static char url[] = URL;
    static char with_user[] = "http://ann:secret@127.0.0.1:1/", with_tls[] = "https://127.0.0.1:1/";
    static char with_value[] = URL "${env:TRIAL:-none}";

    if (id == OPTION_ID_DIGEST || id == OPTION_ID_NTLM)
        return with_user;
    if (id == OPTION_ID_HTTP3)
        return with_tls;
    if (id == OPTION_ID_ENV)
        return with_value;
    return id == OPTION_ID_SCENARIO ? plan_file : id == OPTION_ID_KEY ? key_plan_file : url;
}

static char program[] = "onager";

static bool in_force_alone(enum option_id id)
{
    char *argv[] = { program, target_of(id), NULL };

    return in_force(id, 2, argv);
}

static bool in_force_with(enum option_id id, char *word)
{
    char *argv[] = { program, target_of(id), word, NULL };

    return in_force(id, 3, argv);
}

static bool in_force_with_letter(enum option_id id, char letter)
{
    char option[] = { '-', letter, '\0' };
    char *value = mem_copy(trial_value(id));
    char *argv[] = { program, target_of(id), option, value, NULL };
    bool result = in_force(id, option_info(id)->shape == SHAPE_FLAG ? 3 : 4, argv);

    free(value);
    return result;
}

static void every_option_is_set_by_its_variable(void **state)
{
    int tried = 0;

    for (int i = 0; i < OPTION_ID_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        char name[64];

        if (!option_variable(id, name, sizeof name))
            continue;
        if (in_force_alone(id))
            fail_msg("%s: the trial value is the normal one", name);
        setenv(name, trial_value(id)[0] != '\0' ? trial_value(id) : "yes", 1);
        if (!in_force_alone(id))
            fail_msg("%s=%s has no effect", name, trial_value(id));
        unsetenv(name);
        tried++;
    }
    assert_int_equal(tried, OPTION_ID_COUNT - 2); /* all but --help and --version */
}

static void every_option_is_set_by_its_long_name(void **state)
{
    for (int i = 0; i < OPTION_ID_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        const char *value = trial_value(id);
        char *word = mem_format("--%s%s%s", option_info(id)->name, value[0] != '\0' ? "=" : "", value);

        if (!in_force_with(id, word))
            fail_msg("%s has no effect", word);
        free(word);
    }
}

static void every_option_is_set_by_its_letter(void **state)
{
    for (int i = 0; i < OPTION_ID_COUNT; i++)
        if (option_info((enum option_id)i)->letter != 0)
            assert_true(in_force_with_letter((enum option_id)i, option_info((enum option_id)i)->letter));
}

static void aliases_mean_what_they_mean_elsewhere(void **state)
{
    char no_tui[] = "--no-tui";

    assert_true(in_force_with_letter(OPTION_ID_DURATION, 'z'));
    assert_true(in_force_with_letter(OPTION_ID_METHOD, 'X'));
    assert_true(in_force_with_letter(OPTION_ID_VUS, 'u'));
    assert_true(in_force_with_letter(OPTION_ID_ITERATIONS, 'i'));
    assert_true(in_force_with(OPTION_ID_PROGRESS, no_tui));
}

static void a_flag_wins_over_its_variable(void **state)
{
    char seed[] = "--seed=19", color[] = "--color=never";

    setenv("ONAGER_SEED", "5", 1);
    assert_true(in_force_with(OPTION_ID_SEED, seed));
    unsetenv("ONAGER_SEED");
    setenv("ONAGER_COLOR", "always", 1);
    assert_true(in_force_with(OPTION_ID_COLOR, color));
    unsetenv("ONAGER_COLOR");
}

static void a_variable_can_say_no(void **state)
{
    char name[64];

    for (int id = 0; id < OPTION_ID_COUNT; id++) {
        if (option_info((enum option_id)id)->shape != SHAPE_FLAG || !option_variable((enum option_id)id, name, sizeof name))
            continue;
        setenv(name, "no", 1);
        if (in_force_alone((enum option_id)id))
            fail_msg("%s=no means yes", name);
        unsetenv(name);
    }
}

static void lines_of_a_variable_are_values_of_a_list(void **state)
{
    char *argv[] = { program, target_of(OPTION_ID_HEADER), NULL };
    struct error err = { 0 };
    struct buf notes;
    struct args args;

    buf_init(&notes);
    setenv("ONAGER_HEADER", "A: 1\n\nB: 2\n", 1);
    assert_int_equal(args_parse(&args, 2, argv, &notes, &err), 0);
    unsetenv("ONAGER_HEADER");
    assert_int_equal(args.override_count, 2);
    assert_string_equal(args.overrides[0].value, "A: 1");
    assert_string_equal(args.overrides[1].value, "B: 2");
    assert_int_equal(args.overrides[1].origin, ORIGIN_ENVIRONMENT);
    args_release(&args);
    buf_release(&notes);
}

static void assert_refused(const char *first, const char *second, const char *expected)
{
    char *words[] = { program, mem_copy(URL), mem_copy(first), mem_copy(second), NULL };
    struct error err = { 0 };
    struct buf notes;
    struct args args;

    buf_init(&notes);
    assert_int_equal(args_parse(&args, second != NULL ? 4 : 3, words, &notes, &err), -1);
    assert_int_equal(err.exit_code, EXIT_USAGE);
    if (strstr(err.text, expected) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, expected);
    args_release(&args);
    buf_release(&notes);
    for (int i = 1; i < 4; i++)
        free(words[i]);
}

static void mistakes_name_the_option_and_the_way_out(void **state)
{
    assert_refused("-q", "100", "-q is --quiet and takes no number; a rate is -r 100");
    assert_refused("-q100", NULL, "-q is --quiet and takes no number");
    assert_refused("--threshhold", "x", "did you mean --threshold?");
    assert_refused("--thresh", "x", "unknown option --thresh");
    assert_refused("--quiet=5", NULL, "--quiet takes no value");
    assert_refused("--vus", NULL, "--vus wants a value");
    assert_refused("-c", NULL, "-c wants a value");
    assert_refused("-T", "text/plain", "'Content-Type: ...'");
    assert_refused("-Y", NULL, "unknown option -Y");
    assert_refused("--color=red", NULL, "auto|always|never, got \"red\"");
    assert_refused("--glyphs=bl", NULL, "got \"bl\"");
}

static void a_variable_that_is_nearly_an_option_is_said(void **state)
{
    char *argv[] = { program, target_of(OPTION_ID_VUS), NULL };
    struct error err = { 0 };
    struct buf notes;
    struct args args;

    buf_init(&notes);
    setenv("ONAGER_TRHESHOLD", "p95<1s", 1);
    setenv("ONAGER_SOMETHING_ELSE", "1", 1);
    assert_int_equal(args_parse(&args, 2, argv, &notes, &err), 0);
    unsetenv("ONAGER_TRHESHOLD");
    unsetenv("ONAGER_SOMETHING_ELSE");
    assert_non_null(notes.data);
    assert_string_equal(notes.data, "ONAGER_TRHESHOLD does nothing: did you mean ONAGER_THRESHOLD?");
    args_release(&args);
    buf_release(&notes);
}

static void letters_and_names_are_unique(void **state)
{
    for (int a = 0; a < OPTION_ID_COUNT; a++)
        for (int b = a + 1; b < OPTION_ID_COUNT; b++) {
            const struct option_info *one = option_info((enum option_id)a), *other = option_info((enum option_id)b);

            assert_string_not_equal(one->name, other->name);
            assert_true(one->letter == 0 || one->letter != other->letter);
        }
}

static void options_of_a_plan_are_known_to_it(void **state)
{
    for (int id = 0; id < OPTION_ID_COUNT; id++)
        assert_int_equal(plan_takes_option(option_info((enum option_id)id)->name), option_info((enum option_id)id)->target == TO_PLAN);
}

static bool write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return is_written;
}

static int write_plans(void **state)
{
    static const char two[] = "[plan]\nbase_url = " URL "\n[request a]\nurl = /\n[scenario first]\nexecutor = constant-vus\nduration = 1s\n"
                              "mix = a:1\n[scenario second]\nexecutor = constant-vus\nduration = 1s\nmix = a:1\n";
    char *with_key;
    bool is_written = write_file(plan_file, two) && write_file(certificate_file, "");

    certificate_write(certificate_file, certificate_file);
    with_key = mem_format("[http]\ncert_file = %s\n%s", certificate_file, two);
    is_written = is_written && write_file(key_plan_file, with_key);
    free(with_key);
    for (int id = 0; id < OPTION_ID_COUNT; id++) {
        char name[64];

        option_variable((enum option_id)id, name, sizeof name);
        unsetenv(name);
    }
    return is_written ? 0 : -1;
}

static int remove_plans(void **state)
{
    return unlink(plan_file) + unlink(key_plan_file) + unlink(certificate_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_set_by_its_variable),
        cmocka_unit_test(every_option_is_set_by_its_long_name),
        cmocka_unit_test(every_option_is_set_by_its_letter),
        cmocka_unit_test(aliases_mean_what_they_mean_elsewhere),
        cmocka_unit_test(a_flag_wins_over_its_variable),
        cmocka_unit_test(a_variable_can_say_no),
        cmocka_unit_test(lines_of_a_variable_are_values_of_a_list),
        cmocka_unit_test(mistakes_name_the_option_and_the_way_out),
        cmocka_unit_test(a_variable_that_is_nearly_an_option_is_said),
        cmocka_unit_test(letters_and_names_are_unique),
        cmocka_unit_test(options_of_a_plan_are_known_to_it),
    };
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    return cmocka_run_group_tests_name("args", tests, write_plans, remove_plans);
}
