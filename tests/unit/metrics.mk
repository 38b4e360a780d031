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

check_PROGRAMS += tests/unit/test_threshold
TESTS += tests/unit/test_threshold
tests_unit_test_threshold_SOURCES = tests/unit/test_threshold.c $(AGGREGATE_TEST_SOURCES)
tests_unit_test_threshold_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_threshold_LDADD = $(METRICS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_verdict
TESTS += tests/unit/test_verdict
tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c $(AGGREGATE_TEST_SOURCES)
tests_unit_test_verdict_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_verdict_LDADD = $(METRICS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_lost_sample
TESTS += tests/unit/test_lost_sample
tests_unit_test_lost_sample_SOURCES = tests/unit/test_lost_sample.c src/metrics/shard.c $(AGGREGATE_TEST_SOURCES)
tests_unit_test_lost_sample_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS) -DONAGER_TEST_DISCARD_SAMPLE
tests_unit_test_lost_sample_LDADD = $(METRICS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_threshold_time
TESTS += tests/unit/test_threshold_time
tests_unit_test_threshold_time_SOURCES = tests/unit/test_threshold_time.c $(AGGREGATE_TEST_SOURCES)
tests_unit_test_threshold_time_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_threshold_time_LDADD = $(METRICS_TEST_LIBS)
endif
