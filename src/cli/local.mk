bin_PROGRAMS += src/onager
src_onager_CPPFLAGS = $(I_CLI)
# All but main(), for the tests.
CLI_SOURCES = \
	src/cli/args.c src/cli/args.def src/cli/args.h \
	src/cli/args_env.c src/cli/args_env.h \
	src/cli/cmd_check.c \
	src/cli/cmd_inspect.c \
	src/cli/cmd_demo.c \
	src/cli/cmd_doctor.c \
	src/cli/cmd_explain.c \
	src/cli/doctor.c src/cli/doctor.def src/cli/doctor.h \
	src/cli/cmd_find.c \
	src/cli/cmd_import.c \
	src/cli/cmd_help.c \
	src/cli/cmd_run.c \
	src/cli/cmd_selftest.c \
	src/cli/cmd_simulate.c \
	src/cli/command.h src/cli/commands.def \
	src/cli/config.c src/cli/config.h src/cli/config_write.c \
	src/cli/examples.def \
	src/cli/explain.c src/cli/explain.h src/cli/explain_topics.c \
	src/cli/find_report.c src/cli/find_report.h \
	src/cli/find_search.c src/cli/find_search.h \
	src/cli/find_step.c src/cli/find_step.h \
	src/cli/hooks.c src/cli/hooks.h src/cli/guard.c src/cli/guard.h src/cli/guard_ask.c \
	src/cli/key_states.c src/cli/key_states.h \
	src/cli/lines.c src/cli/lines.h \
	src/cli/cmd_ctl.c \
	src/cli/local_answer.c src/cli/local_answer.h \
	src/cli/local_path.c src/cli/local_path.h \
	src/cli/local_server.c src/cli/local_server.h \
	src/cli/own_option.def src/cli/own_options.c src/cli/own_options.h \
	src/cli/progress.c src/cli/progress.h \
	src/cli/quiet_run.c src/cli/quiet_run.h \
	src/cli/say.c src/cli/say.h \
	src/cli/selftest.c src/cli/selftest.h \
	src/cli/selftest_checks.c \
	src/cli/simulate_report.c src/cli/simulate_report.h \
	src/cli/signals.c src/cli/signals.h \
	src/cli/sparkline.c src/cli/sparkline.h \
	src/cli/summary.c src/cli/summary.h src/cli/summary_addresses.c src/cli/summary_failure.c src/cli/summary_journey.c src/cli/summary_full.c src/cli/summary_tables.c \
	src/cli/watch.c src/cli/watch.h
if UI
CLI_UI_SOURCES = src/cli/cmd_keys.c
endif
src_onager_SOURCES = src/cli/main.c $(CLI_UI_SOURCES) $(CLI_SOURCES)
src_onager_LDADD = $(UI_LIBS) src/output/liboutput.a $(DEMO_LIBS) $(ENGINE_LDADD) $(MHD_LIBS) $(JANSSON_LIBS) $(NCURSES_LIBS)
