# The manual and the completions of the shells: small programs fill them from the tables, on the machine that builds.
GENERATOR_TABLES = \
	man/gen_man_text.h man/gen_man_plan.h src/plan/keys.h src/plan/plan_keys.def src/include/onager/generator.def \
	src/cli/args.def src/cli/commands.def src/cli/own_option.def src/cli/examples.def src/metrics/metrics.def ui/keys.def ui/roles.def \
	src/include/onager/command.def src/include/onager/exit_code.def src/include/onager/fault.def \
	src/include/onager/run_state.def src/include/onager/verdict_reason.def
GENERATOR_CPPFLAGS = -include config.h -I. -I$(top_srcdir)/src/include -I$(top_srcdir)/src/cli -I$(top_srcdir)/src/plan -I$(top_srcdir)/src/metrics -I$(top_srcdir)/ui
GENERATORS = man/gen_man man/gen_completions
COMPLETIONS = man/onager.bash man/_onager man/onager.fish

$(GENERATORS): $(GENERATOR_TABLES)
	$(AM_V_at)$(MKDIR_P) man
	$(AM_V_CC)$(CC_FOR_BUILD) -std=gnu11 -Wall -Wextra $(GENERATOR_CPPFLAGS) -o $@ $(srcdir)/$@.c
man/gen_man: man/gen_man.c
man/gen_completions: man/gen_completions.c

MAN_PAGES = man/onager.1 man/onager.conf.5 man/onager-keys.7 man/onager-metrics.7 man/onager-plan.5 man/onager-theme.5 man/onager-tutorial.7
man/onager.1: man/onager.1.in
man/onager.conf.5: man/onager.conf.5.in
man/onager-keys.7: man/onager-keys.7.in
man/onager-metrics.7: man/onager-metrics.7.in
man/onager-plan.5: man/onager-plan.5.in
man/onager-theme.5: man/onager-theme.5.in
man/onager-tutorial.7: man/onager-tutorial.7.in
$(MAN_PAGES): man/gen_man
	$(AM_V_GEN)man/gen_man $(srcdir)/$@.in | $(SED) 's|@pkgdatadir[@]|$(pkgdatadir)|g' >$@.new && mv $@.new $@
man/onager.bash: man/gen_completions
	$(AM_V_GEN)man/gen_completions bash >$@.new && mv $@.new $@
man/_onager: man/gen_completions
	$(AM_V_GEN)man/gen_completions zsh >$@.new && mv $@.new $@
man/onager.fish: man/gen_completions
	$(AM_V_GEN)man/gen_completions fish >$@.new && mv $@.new $@

man_MANS += $(MAN_PAGES)
all-local: $(COMPLETIONS)
EXTRA_DIST += man/onager.1.in man/onager.conf.5.in man/onager-keys.7.in man/onager-metrics.7.in man/onager-plan.5.in man/onager-theme.5.in \
	man/onager-tutorial.7.in man/gen_man.c man/gen_completions.c $(GENERATOR_TABLES)
CLEANFILES += $(GENERATORS) $(COMPLETIONS) $(MAN_PAGES)

bashdir = $(datadir)/bash-completion/completions
zshdir = $(datadir)/zsh/site-functions
fishdir = $(datadir)/fish/vendor_completions.d

install-data-local: $(COMPLETIONS)
	$(MKDIR_P) '$(DESTDIR)$(bashdir)' '$(DESTDIR)$(zshdir)' '$(DESTDIR)$(fishdir)'
	$(INSTALL_DATA) man/onager.bash '$(DESTDIR)$(bashdir)/onager'
	$(INSTALL_DATA) man/_onager '$(DESTDIR)$(zshdir)/_onager'
	$(INSTALL_DATA) man/onager.fish '$(DESTDIR)$(fishdir)/onager.fish'
uninstall-local:
	rm -f '$(DESTDIR)$(bashdir)/onager' '$(DESTDIR)$(zshdir)/_onager' '$(DESTDIR)$(fishdir)/onager.fish'

# What was installed is complete and runs from where it is.
installcheck-local:
	'$(DESTDIR)$(bindir)/onager' --version >/dev/null
	'$(DESTDIR)$(bindir)/onager' --help >/dev/null
	test -s '$(DESTDIR)$(mandir)/man1/onager.1' && test -s '$(DESTDIR)$(mandir)/man5/onager.conf.5'
	test -s '$(DESTDIR)$(mandir)/man5/onager-theme.5' && test -s '$(DESTDIR)$(mandir)/man7/onager-tutorial.7'
	test -s '$(DESTDIR)$(mandir)/man7/onager-keys.7' && test -s '$(DESTDIR)$(mandir)/man7/onager-metrics.7'
	test -s '$(DESTDIR)$(bashdir)/onager' && test -s '$(DESTDIR)$(zshdir)/_onager' && test -s '$(DESTDIR)$(fishdir)/onager.fish'
