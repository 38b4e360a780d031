noinst_LIBRARIES += src/plan/libplan.a
src_plan_libplan_a_CPPFLAGS = $(I_PLAN) $(INIH_CFLAGS)
src_plan_libplan_a_SOURCES =
