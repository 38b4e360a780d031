noinst_LIBRARIES += src/base/libbase.a
src_base_libbase_a_CPPFLAGS = $(I_BASE) $(CK_CFLAGS)
src_base_libbase_a_SOURCES = \
	src/include/onager/command.def src/include/onager/engine.h src/include/onager/error.h \
	src/include/onager/event_kind.def src/include/onager/exit_code.def src/include/onager/fault.def \
	src/include/onager/fault.h src/include/onager/generator.def src/include/onager/forecast.h src/include/onager/history.h src/include/onager/plan.h \
	src/include/onager/plan_flow.h src/include/onager/replay.h src/include/onager/plan_text.h \
	src/include/onager/run_state.def src/include/onager/snapshot.h src/include/onager/steering.h src/include/onager/text.h \
	src/include/onager/units.h src/include/onager/verdict_reason.def src/include/onager/version.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.h \
	src/base/command_text.c \
	src/base/csv.c src/base/csv.h \
	src/base/error.c \
	src/base/fault.c \
	src/base/json_write.c src/base/json_write.h \
	src/base/mem.c src/base/mem.h \
	src/base/nearest.c src/base/nearest.h \
	src/base/random.c src/base/random.h \
	src/base/ring.c src/base/ring.h \
	src/base/units.c src/base/units_format.c \
	src/base/text.c src/base/text_ranges.h \
	src/base/version.c \
	src/base/words.c
