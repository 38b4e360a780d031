# The Checkout plan of the pictures for the tests of everything that shows numbers; link it in front of the libraries.
check_LIBRARIES += tests/tools/libfixture.a
tests_tools_libfixture_a_CPPFLAGS = $(I_TEST)
tests_tools_libfixture_a_SOURCES = tests/tools/snapshot_fixture.c tests/tools/snapshot_fixture.h tests/tools/fixture_history.c

if UI
# The dashboard over the fixture, to look at.
check_PROGRAMS += tests/tools/fixture_ui
tests_tools_fixture_ui_CPPFLAGS = $(I_TEST)
tests_tools_fixture_ui_SOURCES = tests/tools/fixture_ui.c
tests_tools_fixture_ui_LDADD = tests/tools/libfixture.a $(UI_LIBS) src/plan/libplan.a src/base/libbase.a $(NCURSES_LIBS) $(INIH_LIBS)
endif

if CMOCKA
endif
