noinst_LIBRARIES += src/load/libload.a
src_load_libload_a_CPPFLAGS = $(I_LOAD) $(JANSSON_CFLAGS) $(GUMBO_CFLAGS) $(CRYPTO_CFLAGS)
src_load_libload_a_SOURCES = \
	src/load/arrivals.c src/load/arrivals.h \
	src/load/budget.h \
	src/load/answer.c src/load/answer.h \
	src/load/closed.c src/load/closed.h \
	src/load/compose.c src/load/compose.h \
	src/load/crew.c \
	src/load/curve.c src/load/curve.h \
	src/load/dataset.c src/load/dataset.h src/load/dataset_internal.h \
	src/load/dataset_draw.c \
	src/load/dataset_format.c \
	src/load/exec_arrivals.c \
	src/load/exec_per_vu.c \
	src/load/exec_shared.c \
	src/load/exec_vus.c \
	src/load/executor.c src/load/executor.h \
	src/load/forecast.c \
	src/load/flow.c src/load/flow.h \
	src/load/flow_entry.c \
	src/load/flow_request.c \
	src/load/generate.c \
	src/load/html_field.c src/load/html_field.h \
	src/load/http_debug.c src/load/http_debug.h \
	src/load/json_query.c src/load/json_query.h \
	src/load/json_scan.c src/load/json_scan.h \
	src/load/level.c src/load/level.h \
	src/load/missing.c src/load/missing.h \
	src/load/plan_clock.h \
	src/load/render.c src/load/render.h \
	src/load/render_escape.c \
	src/load/values.c src/load/values.h \
	src/load/vu.c src/load/vu.h
