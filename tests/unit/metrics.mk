if CMOCKA
METRICS_TEST_LIBS = src/metrics/libmetrics.a src/base/libbase.a $(ZLIB_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/unit/test_hist
TESTS += tests/unit/test_hist
tests_unit_test_hist_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_hist_LDADD = $(METRICS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_hist_export
TESTS += tests/unit/test_hist_export
tests_unit_test_hist_export_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS) $(ZLIB_CFLAGS)
tests_unit_test_hist_export_LDADD = $(METRICS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_history
TESTS += tests/unit/test_history
tests_unit_test_history_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_history_LDADD = $(METRICS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_history_codes
TESTS += tests/unit/test_history_codes
tests_unit_test_history_codes_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_history_codes_LDADD = $(METRICS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_history_threads
TESTS += tests/unit/test_history_threads
tests_unit_test_history_threads_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_history_threads_LDADD = $(METRICS_TEST_LIBS)

AGGREGATE_TEST_SOURCES = tests/unit/metrics_fixture.h

check_PROGRAMS += tests/unit/test_aggregate
TESTS += tests/unit/test_aggregate
tests_unit_test_aggregate_SOURCES = tests/unit/test_aggregate.c $(AGGREGATE_TEST_SOURCES)
tests_unit_test_aggregate_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_aggregate_LDADD = $(METRICS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_aggregate_model
TESTS += tests/unit/test_aggregate_model
tests_unit_test_aggregate_model_SOURCES = tests/unit/test_aggregate_model.c $(AGGREGATE_TEST_SOURCES)
tests_unit_test_aggregate_model_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_aggregate_model_LDADD = $(METRICS_TEST_LIBS)
endif
