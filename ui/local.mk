if UI
noinst_LIBRARIES += ui/libui.a
ui_libui_a_CPPFLAGS = $(I_UI) $(NCURSES_CFLAGS) $(INIH_CFLAGS) -DTHEME_DIR='"$(pkgdatadir)/themes"'
ui_libui_a_SOURCES =
UI_LIBS = ui/libui.a
endif
