if CMOCKA
PLAN_TESTS = \
	tests/unit/test_ini_text \
	tests/unit/test_schedule \
	tests/unit/test_segment \
	tests/unit/test_threshold_expr
PLAN_TEST_LDADD = src/plan/libplan.a src/metrics/libmetrics.a src/base/libbase.a $(INIH_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += $(PLAN_TESTS)
TESTS += $(PLAN_TESTS)
tests_unit_test_ini_text_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ini_text_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_schedule_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_schedule_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_segment_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_segment_LDADD = $(PLAN_TEST_LDADD)
tests_unit_test_threshold_expr_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_threshold_expr_LDADD = $(PLAN_TEST_LDADD)
endif
