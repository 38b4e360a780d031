noinst_LIBRARIES += src/net/libnet.a
src_net_libnet_a_CPPFLAGS = $(I_NET) $(CURL_CFLAGS)
src_net_libnet_a_SOURCES = \
	src/net/http1_parse.c src/net/http1_parse.h \
	src/net/net.h
