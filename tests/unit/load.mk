if CMOCKA
LOAD_TEST_LIBS = src/load/libload.a src/net/libnet.a src/plan/libplan.a src/metrics/libmetrics.a src/base/libbase.a $(JANSSON_LIBS) \
	$(PCRE2_LIBS) $(GUMBO_LIBS) $(CRYPTO_LIBS) $(DECODE_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/unit/test_csv tests/unit/test_extract tests/unit/test_dataset tests/unit/test_render
TESTS += tests/unit/test_csv tests/unit/test_extract tests/unit/test_dataset tests/unit/test_render
tests_unit_test_csv_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_csv_LDADD = src/base/libbase.a $(CMOCKA_LIBS)
tests_unit_test_extract_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_extract_LDADD = $(LOAD_TEST_LIBS)
tests_unit_test_dataset_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_dataset_LDADD = $(LOAD_TEST_LIBS)
tests_unit_test_render_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_render_LDADD = $(LOAD_TEST_LIBS)

check_PROGRAMS += tests/unit/test_curve tests/unit/test_closed
TESTS += tests/unit/test_curve tests/unit/test_closed
tests_unit_test_curve_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_curve_LDADD = $(LOAD_TEST_LIBS)
tests_unit_test_closed_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_closed_SOURCES = tests/unit/test_closed.c tests/unit/executor_model.h
tests_unit_test_closed_LDADD = $(LOAD_TEST_LIBS)

check_PROGRAMS += tests/unit/test_replay_run
TESTS += tests/unit/test_replay_run
tests_unit_test_replay_run_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_replay_run_LDADD = $(LOAD_TEST_LIBS)

check_PROGRAMS += tests/unit/test_answer tests/unit/test_flow
TESTS += tests/unit/test_answer tests/unit/test_flow
tests_unit_test_answer_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_answer_LDADD = $(LOAD_TEST_LIBS)
tests_unit_test_flow_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_flow_SOURCES = tests/unit/test_flow.c tests/unit/plan_test.h tests/tools/count_server.c tests/tools/count_server.h
tests_unit_test_flow_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
endif

# Ten million ticks of every schedule against rational arithmetic.
bench-schedule: tests/unit/test_curve tests/unit/test_schedule
	ONAGER_TICKS=10000000 tests/unit/test_curve
	ONAGER_TICKS=10000000 tests/unit/test_schedule
.PHONY: bench-schedule
