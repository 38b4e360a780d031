# Themes, installed to $(pkgdatadir)/themes.
