if CMOCKA
check_PROGRAMS += tests/unit/test_executor
TESTS += tests/unit/test_executor
tests_unit_test_executor_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_executor_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
endif
