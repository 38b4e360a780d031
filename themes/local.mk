# Themes, installed to $(pkgdatadir)/themes, and compiled in so that the program works uninstalled.
THEME_FILES = \
	themes/default.ini themes/sky.ini themes/light.ini themes/mono.ini themes/high-contrast.ini \
	themes/okabe-ito.ini themes/nord.ini themes/gruvbox.ini themes/solarized.ini themes/dracula.ini
themesdir = $(pkgdatadir)/themes
dist_themes_DATA = $(THEME_FILES)
EXTRA_DIST += themes/preview-sky.svg themes/preview-light.svg
