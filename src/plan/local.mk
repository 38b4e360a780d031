noinst_LIBRARIES += src/plan/libplan.a
src_plan_libplan_a_CPPFLAGS = $(I_PLAN) $(INIH_CFLAGS)
src_plan_libplan_a_SOURCES = \
	src/plan/plan.c src/plan/plan_build.h \
	src/plan/schedule.c src/plan/schedule.h \
	src/plan/segment.c src/plan/segment.h
