# The command line, besides what tests/cli tries on the whole program.
if CMOCKA
CLI_UNIT_TESTS = tests/unit/test_explain
check_PROGRAMS += $(CLI_UNIT_TESTS)
TESTS += $(CLI_UNIT_TESTS)
tests_unit_test_explain_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_explain_SOURCES = tests/unit/test_explain.c src/cli/args.c src/cli/args_env.c src/cli/explain.c src/cli/explain_topics.c \
	src/cli/key_states.c src/cli/lines.c
tests_unit_test_explain_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
endif
