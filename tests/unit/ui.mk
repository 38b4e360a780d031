# The Checkout plan of the pictures for the tests of everything that shows numbers; link it in front of the libraries.
check_LIBRARIES += tests/tools/libfixture.a
tests_tools_libfixture_a_CPPFLAGS = $(I_TEST)
tests_tools_libfixture_a_SOURCES = tests/tools/snapshot_fixture.c tests/tools/snapshot_fixture.h tests/tools/fixture_history.c

if UI
UI_TEST_LIBS = tests/tools/libfixture.a $(UI_LIBS) src/plan/libplan.a src/base/libbase.a $(NCURSES_LIBS) $(INIH_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS)

# The dashboard over the fixture, to look at.
check_PROGRAMS += tests/tools/fixture_ui
tests_tools_fixture_ui_CPPFLAGS = $(I_TEST)
tests_tools_fixture_ui_SOURCES = tests/tools/fixture_ui.c
tests_tools_fixture_ui_LDADD = $(UI_TEST_LIBS)

# The overview without a terminal, and the pictures of the documentation.
check_PROGRAMS += tests/tools/draw_screen
tests_tools_draw_screen_CPPFLAGS = $(I_TEST)
tests_tools_draw_screen_SOURCES = tests/tools/draw_screen.c
tests_tools_draw_screen_LDADD = $(UI_TEST_LIBS)
SCREEN_THEMES = sky light
screens: tests/tools/draw_screen
	for t in $(SCREEN_THEMES); do \
	    XDG_CONFIG_HOME=/nonexistent tests/tools/draw_screen running 120 40 svg $$t >$(srcdir)/themes/preview-$$t.svg || exit 1; done

if CMOCKA
check_PROGRAMS += tests/unit/test_ui_screen tests/unit/test_ui_parts tests/unit/test_ui_model tests/unit/test_ui_history tests/unit/test_ui_numbers tests/unit/test_ui_keys tests/unit/test_ui_theme tests/unit/test_ui_svg
TESTS += tests/unit/test_ui_screen tests/unit/test_ui_parts tests/unit/test_ui_model tests/unit/test_ui_history tests/unit/test_ui_numbers tests/unit/test_ui_keys tests/unit/test_ui_theme tests/unit/test_ui_svg
tests_unit_test_ui_screen_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_screen_LDADD = $(UI_TEST_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ui_parts_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_parts_LDADD = $(UI_TEST_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ui_model_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_model_LDADD = $(UI_TEST_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ui_history_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_history_LDADD = $(UI_LIBS) $(ENGINE_LDADD) $(NCURSES_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ui_numbers_SOURCES = tests/unit/test_ui_numbers.c tests/unit/ui_numbers_trace.h tests/unit/metrics_fixture.h
tests_unit_test_ui_numbers_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_numbers_LDADD = $(UI_LIBS) $(ENGINE_LDADD) $(NCURSES_LIBS) $(CMOCKA_LIBS) -lm
tests_unit_test_ui_keys_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_keys_LDADD = $(UI_TEST_LIBS) $(CMOCKA_LIBS) -lutil
tests_unit_test_ui_svg_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_svg_LDADD = $(UI_TEST_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ui_theme_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_theme_LDADD = $(UI_TEST_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/unit/test_ui_choose
TESTS += tests/unit/test_ui_choose
tests_unit_test_ui_choose_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_choose_LDADD = $(UI_TEST_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_ui_steer
TESTS += tests/unit/test_ui_steer
tests_unit_test_ui_steer_CPPFLAGS = $(I_TEST) $(CMOCKA_CFLAGS)
tests_unit_test_ui_steer_LDADD = $(UI_TEST_LIBS) $(CMOCKA_LIBS)

# Draws the golden screens anew; read the difference before it is committed.
ui-golden: tests/unit/test_ui_screen
	top_srcdir='$(abs_top_srcdir)' ONAGER_GOLDEN=write tests/unit/test_ui_screen
endif
endif

EXTRA_DIST += tests/ui/golden
