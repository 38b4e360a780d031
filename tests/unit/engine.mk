if CMOCKA
check_PROGRAMS += tests/unit/test_executor tests/unit/test_engine tests/unit/test_forecast
TESTS += tests/unit/test_executor tests/unit/test_engine tests/unit/test_forecast
tests_unit_test_forecast_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_forecast_SOURCES = tests/unit/test_forecast.c tests/unit/plan_test.h
tests_unit_test_forecast_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
tests_unit_test_executor_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_executor_SOURCES = tests/unit/test_executor.c tests/unit/executor_model.h
tests_unit_test_executor_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
tests_unit_test_engine_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_engine_SOURCES = tests/unit/test_engine.c tests/tools/count_server.c tests/tools/count_server.h
tests_unit_test_engine_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_engine_steer
TESTS += tests/unit/test_engine_steer
tests_unit_test_engine_steer_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_engine_steer_SOURCES = tests/unit/test_engine_steer.c tests/tools/count_server.c tests/tools/count_server.h
tests_unit_test_engine_steer_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_steer
TESTS += tests/unit/test_steer
tests_unit_test_steer_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_steer_LDADD = $(ENGINE_LDADD) $(CMOCKA_LIBS)
endif
