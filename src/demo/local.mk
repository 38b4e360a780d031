# The demo target stands beside output: it sees base and the public headers alone.
noinst_LIBRARIES += src/demo/libdemo.a
src_demo_libdemo_a_CPPFLAGS = $(I_DEMO) $(MHD_CFLAGS) $(JANSSON_CFLAGS)
src_demo_libdemo_a_SOURCES = \
	src/demo/target_answer.c src/demo/target_answer.h \
	src/demo/delays.c src/demo/delays.h \
	src/demo/endpoint.def \
	src/demo/lesson.c src/demo/lesson.h \
	src/demo/pages.c src/demo/pages.h \
	src/demo/probe.c src/demo/probe.h \
	src/demo/shop.c src/demo/shop.h \
	src/demo/story.c src/demo/story.h \
	src/demo/target.c src/demo/target.h \
	src/demo/users.c src/demo/users.h

DEMO_LIBS = src/demo/libdemo.a
DEMO_LDADD = $(DEMO_LIBS) src/base/libbase.a $(MHD_LIBS) $(JANSSON_LIBS)
