if CMOCKA
NET_TEST_LIBS = src/net/libnet.a src/base/libbase.a $(CURL_LIBS) $(EV_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_http1_parse
TESTS += tests/unit/test_http1_parse
tests_unit_test_http1_parse_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_http1_parse_LDADD = $(NET_TEST_LIBS)
endif
