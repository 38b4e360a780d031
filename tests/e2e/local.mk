# End-to-end tests: real servers, the real program, a real terminal. harness.py and terminal.py are what they stand on.
E2E_TESTS = \
	tests/e2e/tls.py \
	tests/e2e/tools.py

TESTS += $(E2E_TESTS)
EXTRA_DIST += tests/e2e/harness.py tests/e2e/secure.py tests/e2e/terminal.py $(E2E_TESTS)

# Two clients of the engine in one program without a screen.
if CMOCKA
check_PROGRAMS += tests/e2e/test_two_clients
TESTS += tests/e2e/test_two_clients
tests_e2e_test_two_clients_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_e2e_test_two_clients_LDADD = $(DEMO_LIBS) $(ENGINE_LDADD) $(MHD_LIBS) $(JANSSON_LIBS) $(CMOCKA_LIBS)
endif

