# The command line, besides what tests/cli tries on the whole program.
if CMOCKA
CLI_UNIT_TESTS = tests/unit/test_explain tests/unit/test_config tests/unit/test_guard tests/unit/test_find_search tests/unit/test_selftest
check_PROGRAMS += $(CLI_UNIT_TESTS)
TESTS += $(CLI_UNIT_TESTS)
tests_unit_test_explain_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_explain_SOURCES = tests/unit/test_explain.c src/cli/args.c src/cli/args_env.c src/cli/config.c src/cli/explain.c src/cli/explain_topics.c \
	src/cli/key_states.c src/cli/lines.c
tests_unit_test_explain_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
tests_unit_test_config_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_config_SOURCES = tests/unit/test_config.c src/cli/args.c src/cli/args_env.c src/cli/config.c src/cli/config_write.c
tests_unit_test_config_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
tests_unit_test_find_search_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_find_search_SOURCES = tests/unit/test_find_search.c src/cli/find_search.c
tests_unit_test_find_search_LDADD = src/base/libbase.a $(CMOCKA_LIBS)
tests_unit_test_selftest_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_selftest_SOURCES = tests/unit/test_selftest.c src/cli/selftest_checks.c
tests_unit_test_selftest_LDADD = src/base/libbase.a $(CMOCKA_LIBS)
tests_unit_test_guard_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_guard_SOURCES = tests/unit/test_guard.c src/cli/args.c src/cli/args_env.c src/cli/config.c src/cli/guard.c src/cli/guard_ask.c
tests_unit_test_guard_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS) -lutil
endif
