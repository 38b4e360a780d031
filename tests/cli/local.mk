# What the command line shows, over the fixture of the pictures, and what the program says to a person who made a mistake.
check_PROGRAMS += tests/tools/show_fixture
tests_tools_show_fixture_CPPFLAGS = $(I_TEST)
tests_tools_show_fixture_SOURCES = tests/tools/show_fixture.c src/cli/progress.c src/cli/sparkline.c src/cli/summary.c \
	src/cli/summary_addresses.c src/cli/summary_failure.c src/cli/summary_journey.c src/cli/summary_full.c src/cli/summary_tables.c
tests_tools_show_fixture_LDADD = tests/tools/libfixture.a src/output/liboutput.a $(ENGINE_LDADD)

CLI_TESTS = \
	tests/cli/doctor.py \
	tests/cli/import.py \
	tests/cli/inspected.py \
	tests/cli/outputs.py \
	tests/cli/screens.py \
	tests/cli/simulate.py \
	tests/cli/start.py \
	tests/cli/teach.py \
	tests/cli/wrong_input.py
TESTS += $(CLI_TESTS)
EXTRA_DIST += $(CLI_TESTS) tests/cli/golden tests/import tests/tools/validate.py

# Writes the golden texts anew; read the difference before it is committed.
cli-golden: tests/tools/show_fixture src/onager
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' ONAGER_GOLDEN=write $(PYTHON3) $(srcdir)/tests/cli/screens.py
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' ONAGER_GOLDEN=write $(PYTHON3) $(srcdir)/tests/cli/simulate.py
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' ONAGER='$(abs_top_builddir)/src/onager' ONAGER_GOLDEN=write \
	    $(PYTHON3) $(srcdir)/tests/e2e/journey.py once_shows_every_exchange_and_no_secret
.PHONY: cli-golden
