bin_PROGRAMS += src/onager
src_onager_CPPFLAGS = $(I_CLI)
src_onager_SOURCES = \
	src/cli/main.c
src_onager_LDADD = $(UI_LIBS) src/output/liboutput.a $(ENGINE_LDADD) $(NCURSES_LIBS)
