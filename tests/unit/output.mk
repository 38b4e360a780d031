if CMOCKA
check_PROGRAMS += tests/unit/test_args tests/unit/test_output_file
TESTS += tests/unit/test_args tests/unit/test_output_file
tests_unit_test_args_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_args_SOURCES = tests/unit/test_args.c tests/tools/certificate.h src/cli/args.c src/cli/args_env.c src/cli/config.c
tests_unit_test_args_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
tests_unit_test_output_file_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_output_file_LDADD = src/output/liboutput.a src/base/libbase.a $(CMOCKA_LIBS)
endif
