if CMOCKA
check_PROGRAMS += tests/unit/test_demo tests/unit/test_target
TESTS += tests/unit/test_demo tests/unit/test_target
tests_unit_test_demo_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_demo_LDADD = $(DEMO_LDADD) $(CMOCKA_LIBS)
tests_unit_test_target_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_target_LDADD = $(DEMO_LDADD) $(CMOCKA_LIBS)
endif
