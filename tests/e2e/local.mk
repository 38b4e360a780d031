# End-to-end tests: real servers, the real program, a real terminal. harness.py and terminal.py are what they stand on.
E2E_TESTS = \
	tests/e2e/tools.py

TESTS += $(E2E_TESTS)
EXTRA_DIST += tests/e2e/harness.py tests/e2e/terminal.py $(E2E_TESTS)
