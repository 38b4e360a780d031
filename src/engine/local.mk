noinst_LIBRARIES += src/engine/libengine.a
src_engine_libengine_a_CPPFLAGS = $(I_ENGINE) $(CURL_CFLAGS) $(CK_CFLAGS)
src_engine_libengine_a_SOURCES = \
	src/engine/client.c src/engine/client.h \
	src/engine/control.c src/engine/control.h \
	src/engine/engine.c \
	src/engine/features.c \
	src/engine/journeys.c src/engine/journeys.h \
	src/engine/obey.c \
	src/engine/network.c src/engine/network.h \
	src/engine/stage.c src/engine/stage.h \
	src/engine/run.c src/engine/run.h \
	src/engine/safety.c src/engine/safety.h \
	src/engine/steer.c src/engine/steer.h \
	src/engine/webhook.c src/engine/webhook.h \
	src/engine/worker.c src/engine/worker.h

# Everything a program needs that drives runs without a screen, in link order.
ENGINE_LIBS = src/engine/libengine.a src/load/libload.a src/net/libnet.a src/metrics/libmetrics.a src/plan/libplan.a \
	src/metrics/libmetrics.a src/base/libbase.a
ENGINE_LDADD = $(ENGINE_LIBS) $(CURL_LIBS) $(CK_LIBS) $(INIH_LIBS) $(EV_LIBS) $(DECODE_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS) $(PCRE2_LIBS) $(GUMBO_LIBS)
