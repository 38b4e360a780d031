if CMOCKA
NET_TEST_LIBS = src/net/libnet.a src/base/libbase.a $(CURL_LIBS) $(DECODE_LIBS) $(CRYPTO_LIBS) $(EV_LIBS) $(CMOCKA_LIBS)
NET_FIXTURE = tests/tools/net_fixture.c tests/tools/net_fixture.h tests/tools/script_server.c tests/tools/script_server.h

check_PROGRAMS += tests/unit/test_http1_parse
TESTS += tests/unit/test_http1_parse
tests_unit_test_http1_parse_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_http1_parse_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_net
TESTS += tests/unit/test_net
tests_unit_test_net_SOURCES = tests/unit/test_net.c $(NET_FIXTURE)
tests_unit_test_net_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_net_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_net_faults
TESTS += tests/unit/test_net_faults
tests_unit_test_net_faults_SOURCES = tests/unit/test_net_faults.c $(NET_FIXTURE)
tests_unit_test_net_faults_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_net_faults_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_net_connect
TESTS += tests/unit/test_net_connect
tests_unit_test_net_connect_SOURCES = tests/unit/test_net_connect.c $(NET_FIXTURE)
tests_unit_test_net_connect_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_net_connect_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_net_many
TESTS += tests/unit/test_net_many
tests_unit_test_net_many_SOURCES = tests/unit/test_net_many.c $(NET_FIXTURE)
tests_unit_test_net_many_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_net_many_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_pool
TESTS += tests/unit/test_pool
tests_unit_test_pool_SOURCES = tests/unit/test_pool.c $(NET_FIXTURE)
tests_unit_test_pool_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_pool_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_addresses
TESTS += tests/unit/test_addresses
tests_unit_test_addresses_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_addresses_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_wheel
TESTS += tests/unit/test_wheel
tests_unit_test_wheel_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_wheel_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_request
TESTS += tests/unit/test_request
tests_unit_test_request_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_request_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_net_leaks
TESTS += tests/unit/test_net_leaks
tests_unit_test_net_leaks_SOURCES = tests/unit/test_net_leaks.c $(NET_FIXTURE)
tests_unit_test_net_leaks_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_net_leaks_LDADD = $(NET_TEST_LIBS)

CLIENT_FIXTURE = $(NET_FIXTURE) tests/tools/client_fixture.c tests/tools/client_fixture.h

check_PROGRAMS += tests/unit/test_http_client
TESTS += tests/unit/test_http_client
tests_unit_test_http_client_SOURCES = tests/unit/test_http_client.c $(CLIENT_FIXTURE)
tests_unit_test_http_client_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_http_client_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_redirect
TESTS += tests/unit/test_redirect
tests_unit_test_redirect_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_redirect_LDADD = $(NET_TEST_LIBS)

TALK_FIXTURE = $(CLIENT_FIXTURE) tests/tools/talk_server.c tests/tools/talk_server.h tests/tools/certificate.h
check_PROGRAMS += tests/unit/test_http_follow
TESTS += tests/unit/test_http_follow
tests_unit_test_http_follow_SOURCES = tests/unit/test_http_follow.c $(TALK_FIXTURE)
tests_unit_test_http_follow_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_http_follow_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_cookies
TESTS += tests/unit/test_cookies
tests_unit_test_cookies_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_cookies_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_decode
TESTS += tests/unit/test_decode
tests_unit_test_decode_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS) $(DECODE_CFLAGS)
tests_unit_test_decode_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_answers
TESTS += tests/unit/test_answers
tests_unit_test_answers_SOURCES = tests/unit/test_answers.c $(TALK_FIXTURE)
tests_unit_test_answers_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_answers_LDADD = $(NET_TEST_LIBS)

check_PROGRAMS += tests/unit/test_channel
TESTS += tests/unit/test_channel
tests_unit_test_channel_SOURCES = tests/unit/test_channel.c $(TALK_FIXTURE)
tests_unit_test_channel_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_channel_LDADD = $(NET_TEST_LIBS)
endif
