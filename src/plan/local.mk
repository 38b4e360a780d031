noinst_LIBRARIES += src/plan/libplan.a
src_plan_libplan_a_CPPFLAGS = $(I_PLAN) $(INIH_CFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(PCRE2_CFLAGS)
src_plan_libplan_a_SOURCES = \
	src/plan/build.c src/plan/build.h \
	src/plan/build_chaos.c \
	src/plan/build_answers.c \
	src/plan/build_body.c \
	src/plan/build_arrivals.c \
	src/plan/build_client.c \
	src/plan/build_connections.c \
	src/plan/build_load.c \
	src/plan/build_data.c \
	src/plan/build_flow.c \
	src/plan/build_mix.c \
	src/plan/build_names.c \
	src/plan/build_output.c \
	src/plan/build_request.c \
	src/plan/build_scenario.c \
	src/plan/build_target.c \
	src/plan/build_texts.c \
	src/plan/build_threshold.c \
	src/plan/build_network.c \
	src/plan/build_safety.c \
	src/plan/build_tls.c \
	src/plan/chaos.c src/plan/chaos.h \
	src/plan/build_transport.c \
	src/plan/document.c src/plan/document.h \
	src/plan/fixed.c src/plan/fixed.h \
	src/plan/flow_build.h src/plan/flow_print.c src/plan/flow_step.c \
	src/plan/import.c src/plan/import.h \
	src/plan/import_curl.c src/plan/curl_option.def \
	src/plan/curl_reading.c src/plan/curl_reading.h \
	src/plan/import_har.c \
	src/plan/import_values.c src/plan/import_values.h \
	src/plan/ini_text.c src/plan/ini_text.h \
	src/plan/inspect.c src/plan/inspect.h \
	src/plan/inspect_count.c \
	src/plan/journey.c src/plan/journey.h \
	src/plan/json_path.c src/plan/json_path.h \
	src/plan/keys.c src/plan/keys.h src/plan/plan_keys.def \
	src/plan/look.c src/plan/look.h \
	src/plan/look_test.c \
	src/plan/mistakes.c src/plan/mistakes.h \
	src/plan/network.c src/plan/network.h \
	src/plan/names.c src/plan/names.h \
	src/plan/once.c \
	src/plan/options.c src/plan/options.h \
	src/plan/plan.c src/plan/plan_build.h \
	src/plan/print.c src/plan/print.h \
	src/plan/print_journey.c src/plan/print_journey.h \
	src/plan/regex.c src/plan/regex.h \
	src/plan/replay.c src/plan/replay.h src/plan/replay_save.c \
	src/plan/retry.c src/plan/retry.h \
	src/plan/schedule.c src/plan/schedule.h \
	src/plan/secrets.c src/plan/secrets.h \
	src/plan/segment.c src/plan/segment.h \
	src/plan/shell_words.c src/plan/shell_words.h \
	src/plan/shape.c src/plan/shape.h \
	src/plan/shape_hours.c src/plan/shape_hours.h \
	src/plan/shape_noise.c src/plan/shape_noise.h \
	src/plan/stages.c src/plan/stages.h \
	src/plan/statuses.c src/plan/statuses.h \
	src/plan/template.c src/plan/template.h \
	src/plan/template_escape.c \
	src/plan/template_generator.c \
	src/plan/template_print.c \
	src/plan/template_scan.c src/plan/template_scan.h \
	src/plan/steered.c src/plan/steered.h \
	src/plan/threshold_expr.c src/plan/threshold_expr.h \
	src/plan/threshold_head.c src/plan/threshold_head.h \
	src/plan/url.c src/plan/url.h \
	src/plan/yaml_text.c src/plan/yaml_text.h \
	src/plan/values.c
