if CMOCKA
check_PROGRAMS += tests/unit/test_ring
TESTS += tests/unit/test_ring
tests_unit_test_ring_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ring_LDADD = src/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_units
TESTS += tests/unit/test_units
tests_unit_test_units_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_units_LDADD = src/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_nearest
TESTS += tests/unit/test_nearest
tests_unit_test_nearest_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_nearest_LDADD = src/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_text tests/unit/test_json_write
TESTS += tests/unit/test_text tests/unit/test_json_write
tests_unit_test_text_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_text_LDADD = src/base/libbase.a $(CMOCKA_LIBS)
tests_unit_test_json_write_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_json_write_LDADD = src/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_command_text
TESTS += tests/unit/test_command_text
tests_unit_test_command_text_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_command_text_LDADD = src/base/libbase.a $(CMOCKA_LIBS)
endif
