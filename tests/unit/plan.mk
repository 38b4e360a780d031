if CMOCKA
PLAN_TESTS = \
	tests/unit/test_flow_plan \
	tests/unit/test_ini_text \
	tests/unit/test_plan_bad \
	tests/unit/test_plan_build \
	tests/unit/test_plan_keys \
	tests/unit/test_plan_tls \
	tests/unit/test_schedule \
	tests/unit/test_secrets \
	tests/unit/test_segment \
	tests/unit/test_shape \
	tests/unit/test_template \
	tests/unit/test_threshold_expr
PLAN_TEST_LDADD = src/plan/libplan.a src/metrics/libmetrics.a src/base/libbase.a $(INIH_LIBS) $(PCRE2_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(PLAN_TESTS)
TESTS += $(PLAN_TESTS)
tests_unit_test_ini_text_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ini_text_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_plan_bad_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_plan_bad_SOURCES = tests/unit/test_plan_bad.c tests/unit/plan_test.h
tests_unit_test_plan_bad_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_plan_build_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_plan_build_SOURCES = tests/unit/test_plan_build.c tests/unit/plan_test.h
tests_unit_test_plan_build_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_plan_tls_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_plan_tls_SOURCES = tests/unit/test_plan_tls.c tests/unit/plan_test.h tests/tools/certificate.h
tests_unit_test_plan_tls_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_plan_keys_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_plan_keys_SOURCES = tests/unit/test_plan_keys.c tests/unit/plan_keys_safety.h tests/unit/plan_test.h tests/tools/certificate.h
tests_unit_test_plan_keys_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_schedule_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_schedule_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_flow_plan_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_flow_plan_SOURCES = tests/unit/test_flow_plan.c tests/unit/plan_test.h
tests_unit_test_flow_plan_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_template_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_template_SOURCES = tests/unit/test_template.c tests/unit/plan_test.h
tests_unit_test_template_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_secrets_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_secrets_SOURCES = tests/unit/test_secrets.c tests/unit/plan_test.h
tests_unit_test_secrets_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_segment_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_segment_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_shape_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_shape_LDADD = $(PLAN_TEST_LDADD) -lm
tests_unit_test_threshold_expr_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_threshold_expr_LDADD = $(PLAN_TEST_LDADD)

check_PROGRAMS += tests/unit/test_replay
TESTS += tests/unit/test_replay
tests_unit_test_replay_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_replay_LDADD = $(PLAN_TEST_LDADD)
endif

# After a message was changed on purpose; read the diff.
refresh-plan-expected: tests/unit/test_plan_bad
	REFRESH=1 top_srcdir=$(abs_top_srcdir) tests/unit/test_plan_bad
.PHONY: refresh-plan-expected
EXTRA_DIST += tests/plan
