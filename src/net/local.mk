noinst_LIBRARIES += src/net/libnet.a
src_net_libnet_a_CPPFLAGS = $(I_NET) $(CURL_CFLAGS) $(DECODE_CFLAGS) $(CRYPTO_CFLAGS)
src_net_libnet_a_SOURCES = \
	src/net/addresses.c src/net/addresses.h \
	src/net/answer_sink.h \
	src/net/auth.c src/net/auth.h \
	src/net/channel.c src/net/channel.h \
	src/net/completion.c src/net/completion.h \
	src/net/connect.c src/net/connect.h \
	src/net/connection.c src/net/connection.h \
	src/net/body_file.c src/net/body_file.h \
	src/net/body_keep.c src/net/body_keep.h \
	src/net/cookie_date.c \
	src/net/cookies.c src/net/cookies.h \
	src/net/curl_full.c src/net/curl_full.h src/net/curl_full_internal.h \
	src/net/curl_full_callbacks.c \
	src/net/curl_full_fault.c \
	src/net/curl_full_options.c \
	src/net/curl_full_place.c \
	src/net/curl_request.c \
	src/net/decode.c src/net/decode.h \
	src/net/dial.c \
	src/net/encode.c src/net/encode.h \
	src/net/follow.c src/net/follow.h \
	src/net/http1.c \
	src/net/http1_field.c src/net/http1_field.h \
	src/net/http1_parse.c src/net/http1_parse.h \
	src/net/http_client.c src/net/http_client.h \
	src/net/net.c src/net/net.h \
	src/net/opening.h \
	src/net/origin.c \
	src/net/pool.c \
	src/net/redirect.c src/net/redirect.h \
	src/net/request.c \
	src/net/resolver.c src/net/resolver.h \
	src/net/sources.c src/net/sources.h \
	src/net/tls.c src/net/tls.h \
	src/net/tls_fault.c \
	src/net/tls_profile.c \
	src/net/transport.h \
	src/net/tunnel.c \
	src/net/wheel.c src/net/wheel.h
