if UI
noinst_LIBRARIES += ui/libui.a
ui_libui_a_CPPFLAGS = $(I_UI) -I$(top_builddir)/ui $(NCURSES_CFLAGS) $(INIH_CFLAGS) -DTHEME_DIR='"$(pkgdatadir)/themes"'
ui_libui_a_SOURCES = \
	ui/action.c ui/action.h ui/action_steer.c ui/action_steer.h \
	ui/app.c ui/app.h \
	ui/canvas.c ui/canvas.h \
	ui/format.c ui/format.h \
	ui/glyphs.c ui/glyphs.h ui/glyphs.def \
	ui/heat.c ui/heat.h \
	ui/keys.c ui/keys.h ui/keys.def \
	ui/layout.c ui/layout.h ui/panels.def \
	ui/model.c ui/model.h ui/model_cache.h ui/model_columns.c \
	ui/overlay.c \
	ui/panel.h ui/panel_facts.c ui/panel_facts.h ui/panel_footer.c ui/panel_header.c ui/panel_heat.c ui/panel_latency.c \
	ui/panel_lines.c ui/panel_progress.c ui/panel_rate.c ui/panel_results.c ui/panel_table.c ui/panel_thresholds.c \
	ui/prompt.c ui/prompt.h \
	ui/role.h ui/roles.def \
	ui/save.c ui/save.h \
	ui/screen.c \
	ui/spark.c ui/spark.h \
	ui/settings.c ui/settings.h \
	ui/svg.c ui/svg.h \
	ui/table.c ui/table.h \
	ui/term.c ui/term.h \
	ui/theme.c ui/theme.h
nodist_ui_libui_a_SOURCES = ui/theme_data.h
UI_LIBS = ui/libui.a

# The theme files as C strings.
BUILT_SOURCES += ui/theme_data.h
CLEANFILES += ui/theme_data.h
ui/theme_data.h: $(THEME_FILES)
	$(AM_V_GEN)$(MKDIR_P) ui && for f in $^; do \
	    printf '{ "%s",\n' "`basename $$f .ini`"; \
	    $(SED) -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&\\n"/' $$f; printf '},\n'; done > $@-t && mv $@-t $@
endif
