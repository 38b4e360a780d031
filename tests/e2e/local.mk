# End-to-end tests: real servers, the real program, a real terminal. harness.py and terminal.py are what they stand on.
E2E_TESTS = \
	tests/e2e/tls.py \
	tests/e2e/tools.py \
	tests/e2e/ways.py \
	tests/e2e/addresses.py \
	tests/e2e/counts.py \
	tests/e2e/client.py \
	tests/e2e/journey.py \
	tests/e2e/memory.py \
	tests/e2e/pools.py \
	tests/e2e/phases.py \
	tests/e2e/verdict.py \
	tests/e2e/safety.py tests/e2e/ctl.py \
	tests/e2e/demo.py \
	tests/e2e/cost.py
if UI
E2E_TESTS += tests/e2e/steer.py tests/e2e/dashboard.py tests/e2e/idle.py tests/e2e/bytes.py
endif
E2E_ALL = tests/e2e/steer.py tests/e2e/ctl.py tests/e2e/safety.py tests/e2e/addresses.py tests/e2e/tls.py tests/e2e/ways.py tests/e2e/tools.py tests/e2e/counts.py tests/e2e/client.py tests/e2e/journey.py tests/e2e/memory.py tests/e2e/pools.py tests/e2e/phases.py tests/e2e/verdict.py tests/e2e/demo.py tests/e2e/dashboard.py \
	tests/e2e/idle.py tests/e2e/cost.py tests/e2e/bytes.py

MODELS_E2E = tests/e2e/models.py
E2E_TESTS += $(MODELS_E2E)
E2E_ALL += $(MODELS_E2E)

CHAOS_E2E = tests/e2e/chaos.py tests/e2e/find.py tests/e2e/selftest.py
E2E_TESTS += $(CHAOS_E2E)
E2E_ALL += $(CHAOS_E2E)

CURL_E2E = tests/e2e/by_curl.py tests/e2e/tls_by_curl.py tests/e2e/phases_by_curl.py tests/e2e/client_by_curl.py \
	tests/e2e/counts_by_curl.py tests/e2e/ways_by_curl.py tests/e2e/newer_libcurl.py
E2E_TESTS += $(CURL_E2E)
E2E_ALL += $(CURL_E2E)
EXTRA_DIST += tests/tools/auth_server.py tests/e2e/with_curl.py

E2E_TESTS += tests/e2e/examples.py
E2E_ALL += tests/e2e/examples.py

TESTS += $(E2E_TESTS)
EXTRA_DIST += tests/e2e/harness.py tests/e2e/secure.py tests/e2e/terminal.py tests/e2e/places.py $(E2E_ALL)

# Two clients of the engine in one program without a screen.
if CMOCKA
check_PROGRAMS += tests/e2e/test_two_clients
TESTS += tests/e2e/test_two_clients
tests_e2e_test_two_clients_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_e2e_test_two_clients_LDADD = $(DEMO_LIBS) $(ENGINE_LDADD) $(MHD_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)
endif

# The program once more, with a measuring that throws one sample away: its verdict must notice.
check_LIBRARIES += tests/e2e/libmetrics_lossy.a
tests_e2e_libmetrics_lossy_a_CPPFLAGS = $(src_metrics_libmetrics_a_CPPFLAGS) -DONAGER_TEST_DISCARD_SAMPLE
tests_e2e_libmetrics_lossy_a_SOURCES = $(src_metrics_libmetrics_a_SOURCES)
check_PROGRAMS += tests/e2e/onager-lossy
tests_e2e_onager_lossy_CPPFLAGS = $(src_onager_CPPFLAGS)
tests_e2e_onager_lossy_SOURCES = $(src_onager_SOURCES)
# in front of the ordinary libraries, so that the lossy one is found first
tests_e2e_onager_lossy_LDADD = $(UI_LIBS) src/output/liboutput.a src/engine/libengine.a src/load/libload.a src/net/libnet.a \
	tests/e2e/libmetrics_lossy.a src/plan/libplan.a tests/e2e/libmetrics_lossy.a $(src_onager_LDADD)

# The program once more, with a server of the self test whose record is 5 ms off.
check_PROGRAMS += tests/e2e/onager-false
tests_e2e_onager_false_CPPFLAGS = $(src_onager_CPPFLAGS) -DSELFTEST_FALSE_NS=5000000
tests_e2e_onager_false_SOURCES = $(src_onager_SOURCES)
tests_e2e_onager_false_LDADD = $(src_onager_LDADD)
