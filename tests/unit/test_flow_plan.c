/* Steps become a program; a mix of flows has a row for each request in each group. Checked by running the program on paper. */
#include "plan_test.h"

#include <stdlib.h>

#include "print.h"

static const char requests[] = "[request list]\nurl = http://h.test/\n[request pay]\nurl = http://h.test/pay\n[request add item]\n"
                               "url = http://h.test/add\n";

static struct plan *plan_with(const char *flow)
{
    char *text = mem_format(
        "%s[flow f]\n%s\n[flow inner]\nstep = request pay; group in { request list }\n[scenario s]\nexecutor = constant-vus\n"
        "duration = 1s\nflow = f\n",
        requests, flow);
    struct plan *plan = good_plan(text, NULL);

    free(text);
    return plan;
}

/* Runs the flow, `answers` says for each IF and WHILE in turn whether its test is yes ('y'), then always 'n'. What happened, in
 * letters: the first one of a request, '(' ')' groups, '-' thinking, '[' ']' around what is parallel. */
static char *run(const struct plan *plan, const char *answers)
{
    const struct plan_flow *flow = &plan->flows[0];
    uint32_t counters[8] = { 0 };
    struct buf out;

    buf_init(&out);
    for (uint32_t i = 0, steps = 0; flow->steps[i].kind != STEP_END; steps++) {
        const struct plan_step *s = &flow->steps[i++];
        bool is_yes = (s->kind == STEP_IF || s->kind == STEP_WHILE) && *answers == 'y';

        assert_true(steps < 1000);
        switch (s->kind) {
        case STEP_REQUEST:
            buf_add_char(&out, plan->requests[flow->uses[s->use].request].name[0]);
            break;
        case STEP_THINK:
            buf_add_char(&out, '-');
            break;
        case STEP_GROUP:
        case STEP_GROUP_END:
            buf_add_char(&out, s->kind == STEP_GROUP ? '(' : ')');
            assert_true(s->depth < flow->depth_max);
            break;
        case STEP_REPEAT:
        case STEP_WHILE_BEGIN:
            assert_true(s->slot < flow->counter_count);
            counters[s->slot] = s->count;
            break;
        case STEP_REPEAT_END:
            i = --counters[s->slot] > 0 ? s->jump : i;
            break;
        case STEP_WHILE:
            answers += *answers != '\0';
            if (counters[s->slot] == 0 || !is_yes)
                i = s->jump;
            else
                counters[s->slot]--;
            break;
        case STEP_IF:
            answers += *answers != '\0';
            i = is_yes ? i : s->jump;
            break;
        case STEP_WHILE_END:
        case STEP_JUMP:
            i = s->jump;
            break;
        case STEP_PARALLEL:
            buf_add_char(&out, '[');
            for (uint32_t n = 0; n < s->count; n++)
                buf_add_char(&out, plan->requests[flow->uses[flow->steps[i + n].use].request].name[0]);
            buf_add_char(&out, ']');
            i = s->jump;
            break;
        case STEP_END:
            break;
        }
    }
    return buf_take(&out);
}

/* Also after it was printed and read again. */
static void assert_runs(const char *flow, const char *answers, const char *expected)
{
    struct plan *plan = plan_with(flow), *again;
    char *got = run(plan, answers);
    struct buf out;

    assert_string_equal(got, expected);
    free(got);
    buf_init(&out);
    plan_print(plan, &out, PRINT_CANONICAL);
    again = good_plan(out.data, NULL);
    got = run(again, answers);
    assert_string_equal(got, expected);
    assert_string_equal(again->sha256, plan->sha256);
    free(got);
    buf_release(&out);
    plan_free(again);
    plan_free(plan);
}

static void steps_run_in_their_order(void **state)
{
    (void)state;
    assert_runs("step = request list\nstep = think 1s; request add item ;; request \"pay\";", "", "l-ap");
    assert_runs("step = repeat 3 { request list; think 1s }", "", "l-l-l-");
    assert_runs("step = repeat 2 { request list; repeat 3 { request pay } }", "", "lppplppp");
    assert_runs("step = group a { request list; group b { request list } ; request pay }", "", "(l(l)p)");
    assert_runs("step = parallel { request list; request pay; request list } ; request pay", "", "[lpl]p");
    assert_runs("step = request list; flow inner; flow inner", "", "lp(l)p(l)");
}

static void conditions_choose_their_branch(void **state)
{
    (void)state;
    assert_runs("step = if status 2xx { request list } ; request pay", "y", "lp");
    assert_runs("step = if status 2xx { request list } ; request pay", "n", "p");
    assert_runs("step = if status 2xx { request list } else { request pay }; think 1s", "y", "l-");
    assert_runs("step = if status 2xx { request list } else { request pay }; think 1s", "n", "p-");
    assert_runs("step = if status 2xx { if status 200 { request list } else { } } else { request pay }", "yy", "l");
    assert_runs("step = if status 2xx { if status 200 { request list } else { } } else { request pay }", "yn", "");
    assert_runs("step = if status 2xx { if status 200 { request list } else { } } else { request pay }", "n", "p");
    assert_runs("step = if status 2xx { } else { if status 200 { request list } else { request pay } }", "nn", "p");
    assert_runs("step = repeat 2 { if status 200 { request list } else { request add item } }; think 1s", "ny", "al-");
    assert_runs("step = while status 202 max 3 { request list }; request pay", "yyyyy", "lllp");
    assert_runs("step = while status 202 { request list }; request pay", "yn", "lp");
    assert_runs("step = while status 202 max 2 { while status 200 max 2 { request list }; think 1s }", "yynyyn", "l-l-");
}

static void each_request_in_each_group_is_one_row(void **state)
{
    struct plan *plan = good_plan(
        "[request list]\nurl = http://h.test/\n[request pay]\nurl = http://h.test/pay\n"
        "[flow f]\nstep = request list; group cart { request list; request pay; request list; group deep { request pay } }\n"
        "[flow g]\nstep = group cart { request pay }\n"
        "[scenario s]\nexecutor = constant-vus\nduration = 1s\nmix = g:2, pay, f:3\n"
        "[scenario t]\nexecutor = constant-vus\nduration = 1s\nmix = pay:2, list\n",
        NULL);
    const struct plan_scenario *s = &plan->scenarios[0];

    (void)state;
    assert_int_equal(plan->group_count, 3);
    assert_string_equal(plan_group(plan, 2), "::cart::deep");
    assert_int_equal(plan_scenario_row_count(s), 5); /* pay in cart, pay, list, list in cart, pay in deep */
    assert_int_equal(plan_scenario_row(s, plan_mix_row(s, 0, 0)).request, 1);
    assert_int_equal(plan_scenario_row(s, plan_mix_row(s, 0, 0)).group, 1);
    assert_int_equal(plan_mix_row(s, 1, 0), 1);
    assert_int_equal(plan->flows[0].use_count, 4);
    for (uint32_t use = 0; use < 4; use++) {
        struct plan_use row = plan_scenario_row(s, plan_mix_row(s, 2, use));

        assert_int_equal(row.request, plan->flows[0].uses[use].request);
        assert_int_equal(row.group, plan->flows[0].uses[use].group);
    }
    assert_null(plan->scenarios[1].rows);
    assert_int_equal(plan_scenario_row(&plan->scenarios[1], 1).request, 0);
    plan_free(plan);
}

static void thresholds_name_checks_groups_answers_and_metrics_of_the_plan(void **state)
{
    struct plan *plan = good_plan(
        "[request list]\nurl = http://h.test/\ncheck.is ok = status 200\nmetric.items = trend json $.items.length\n"
        "metric.took = trend duration\nmetric.slow = rate duration > 1s\nmetric.hits = counter\n"
        "[flow f]\nstep = group cart { request list }\n[scenario s]\nexecutor = constant-vus\nduration = 1s\n"
        "[thresholds]\nitems = p(95)<5\ntook = avg<1s\nslow = rate<5%\nhits = rate>10/s\nchecks{check:is ok,group:cart} = rate>0.9\n"
        "http_req_duration{group:::cart,status:200,url:http://h.test/,expected_response:true} = max<1s\n"
        "http_reqs{error:refused} = count<1\ngroup_duration{group:cart} = max<2s\n",
        NULL);
    struct buf out;
    struct plan *again;

    (void)state;
    assert_int_equal(plan->threshold_count, 8);
    assert_int_equal(plan->thresholds[0].custom, 1);
    assert_int_equal(plan->thresholds[1].custom, 2);
    assert_true(plan->thresholds[1].limit == 1000);
    assert_int_equal(plan->thresholds[2].aggregate, AGG_RATE);
    assert_true(plan->thresholds[3].limit == 10);
    assert_int_equal(plan->thresholds[4].custom, 0);
    assert_string_equal(plan->thresholds[4].filter[1].value, "::cart");
    assert_string_equal(plan->thresholds[7].filter[0].value, "::cart");
    buf_init(&out);
    plan_print(plan, &out, PRINT_CANONICAL);
    again = good_plan(out.data, NULL);
    assert_string_equal(again->sha256, plan->sha256);
    plan_free(again);
    buf_release(&out);
    plan_free(plan);
}

static void what_setup_takes_is_marked(void **state)
{
    struct plan *plan = good_plan(
        "[request login]\nurl = http://h.test/\nextract.token = json $.t\n[request list]\nurl = http://h.test/${token}\n"
        "extract.id = json $.id\n[setup]\nstep = request login\n[scenario s]\nexecutor = constant-vus\nduration = 1s\nrequest = list\n",
        NULL);

    (void)state;
    assert_true(plan->variables[0].is_of_setup);
    assert_false(plan->variables[1].is_of_setup);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_run_in_their_order),
        cmocka_unit_test(conditions_choose_their_branch),
        cmocka_unit_test(each_request_in_each_group_is_one_row),
        cmocka_unit_test(thresholds_name_checks_groups_answers_and_metrics_of_the_plan),
        cmocka_unit_test(what_setup_takes_is_marked),
    };
    return cmocka_run_group_tests_name("flow_plan", tests, NULL, NULL);
}
