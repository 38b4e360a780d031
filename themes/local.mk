# Themes, installed to $(pkgdatadir)/themes, and compiled in so that the program works uninstalled.
THEME_FILES = themes/default.ini themes/mono.ini
themesdir = $(pkgdatadir)/themes
dist_themes_DATA = $(THEME_FILES)
