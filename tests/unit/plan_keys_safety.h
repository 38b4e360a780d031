/* What the keys of [safety] come to in struct plan; for test_plan_keys.c alone, whose SEEN() it uses. */
#ifndef PLAN_KEYS_SAFETY_H
#define PLAN_KEYS_SAFETY_H

SEEN(sees_max_rate, plan->safety.max_rate.count == 90 && plan->safety.max_rate.per_ns == NS_PER_S)
SEEN(default_max_rate, plan->safety.max_rate.count == 0)
SEEN(sees_max_in_flight, plan->safety.max_in_flight == 12)
SEEN(default_max_in_flight, plan->safety.max_in_flight == 0)
SEEN(
    sees_abort_if, strcmp(plan->safety.abort_if.text, "http_req_failed rate>0.5 for 10s") == 0 &&
                       plan->safety.abort_if.for_ns == 10 * NS_PER_S && plan->safety.abort_if.when.limit == 0.5)
SEEN(default_abort_if, plan->safety.abort_if.text == NULL)
SEEN(
    sees_breaker, plan->safety.breaker.for_ns == 5 * NS_PER_S && plan->safety.breaker_resume_ns == 7 * NS_PER_S &&
                      strcmp(plan->safety.breaker_webhook, "http://127.0.0.1:9000/") == 0)
SEEN(default_breaker, plan->safety.breaker.text == NULL && plan->safety.breaker_webhook == NULL)

static bool is_text(const struct plan_text *text, const char *source)
{
    return text != NULL && text->source != NULL && strcmp(text->source, source) == 0;
}

SEEN(
    sees_variable, plan->variable_count == 1 && strcmp(plan->variables[0].name, "order") == 0 &&
                       is_text(plan->variables[0].initial, "n-${uuid}") && plan->variables[0].initial->count == 2)
SEEN(default_variable, plan->variable_count == 0)
SEEN(
    sees_secret, plan->secret_count == 1 && strcmp(plan->secrets[0].name, "KEY") == 0 && plan->secrets[0].source == SECRET_FILE &&
                     strcmp(plan->secrets[0].argument, "my token.txt") == 0)
SEEN(default_secret, plan->secret_count == 0)
SEEN(sees_data_file, plan->data_count == 1 && strcmp(plan->data[0].file, "test_plan_keys.csv") == 0 && plan->data[0].format == DATA_CSV)
SEEN(sees_data_format, plan->data[0].format == DATA_JSONL)
SEEN(sees_data_mode, plan->data[0].mode == DATA_PER_VU)
SEEN(default_data, plan->data_count == 0)
SEEN(sees_data_delimiter, plan->data[0].delimiter == ';')
SEEN(
    sees_data_columns,
    !plan->data[0].has_header && plan->data[0].given_column_count == 2 && strcmp(plan->data[0].given_columns[1], "pass word") == 0)
SEEN(sees_query, strcmp(a->target, "/?q=a%20b%26c") == 0 && strcmp(a->url, "http://h.test/?q=a%20b%26c") == 0)
SEEN(
    sees_form, strcmp(a->body, "q=a%20b%26c") == 0 && strcmp(a->method, "POST") == 0 &&
                   has_header(a, "Content-Type", "application/x-www-form-urlencoded"))
SEEN(
    sees_multipart, strstr(a->body, "Content-Disposition: form-data; name=\"q\"\r\n\r\na b&c\r\n--onager-") != NULL &&
                        strncmp(a->headers[0].value, "multipart/form-data; boundary=onager-", 37) == 0)
SEEN(sees_compress, a->compress == CODING_GZIP)
SEEN(
    sees_extract, a->extract_count == 1 && strcmp(a->extracts[0].name, "token") == 0 && a->extracts[0].look.kind == LOOK_JSON &&
                      a->extracts[0].look.path.count == 1 && a->extracts[0].has_default &&
                      strcmp(plan->variables[a->extracts[0].variable].name, "token") == 0)
SEEN(
    sees_check, a->check_count == 1 && a->checks[0].test.look.kind == LOOK_DURATION && a->checks[0].test.op == TEST_LESS &&
                    a->checks[0].test.is_number && a->checks[0].test.number == 300 && !a->checks[0].stop_on_fail && plan->check_count == 1)
SEEN(default_check, a->check_count == 0)
SEEN(sees_stop_on_fail, a->checks[0].stop_on_fail && !a->checks[1].stop_on_fail)
SEEN(
    sees_measure, a->measure_count == 1 && plan->metric_count == 1 && strcmp(plan->metrics[0].name, "items") == 0 &&
                      plan->metrics[0].kind == CUSTOM_TREND && a->measures[0].look.path.count == 2)
SEEN(
    sees_flow_step, plan->flow_count == 1 && plan->flows[0].step_count == 3 && plan->flows[0].steps[1].kind == STEP_THINK &&
                        plan->flows[0].steps[1].think.b_ns == 2 * NS_PER_S)
SEEN(default_flow, plan->flow_count == 0)
SEEN(sees_setup_step, plan->setup.flow->step_count == 2 && plan->setup.timeout_ns == 60 * NS_PER_S)
SEEN(default_setup, plan->setup.flow == NULL)
SEEN(sees_setup_timeout, plan->setup.timeout_ns == 5 * NS_PER_S)
SEEN(sees_teardown_step, plan->teardown.flow->uses[0].request == 1)
SEEN(default_teardown, plan->teardown.flow == NULL)
SEEN(sees_teardown_timeout, plan->teardown.timeout_ns == 5 * NS_PER_S)
SEEN(sees_flow, s->mix_count == 1 && s->mix[0].flow == &plan->flows[0] && s->row_count == 2 && s->rows[1].request == 1)
SEEN(sees_hook_start, strcmp(plan->hooks.start, "./go.sh ${HOME}; true") == 0)
SEEN(sees_hook_end, strcmp(plan->hooks.end, "./notify.sh") == 0)
SEEN(sees_hook_failed, strcmp(plan->hooks.failed, "./call.sh") == 0)
SEEN(default_hooks, plan->hooks.start == NULL && plan->hooks.end == NULL && plan->hooks.failed == NULL)

#endif
