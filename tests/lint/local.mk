# Lint: what holds for the whole tree. Each is a test of `make check`.
LINT_TESTS = \
	tests/lint/bootstrap.py \
	tests/lint/dist.py \
	tests/lint/format.py \
	tests/lint/layers.py \
	tests/lint/man.py \
	tests/lint/readme.py \
	tests/lint/scripts.py \
	tests/lint/style.py \
	tests/lint/symbols.py
TESTS += $(LINT_TESTS)
EXTRA_DIST += tests/lint/lint.py $(LINT_TESTS)

check-lint:
	$(AM_V_at)$(MAKE) check TESTS='$(LINT_TESTS)'
.PHONY: check-lint

# What compilers do not see: .clang-tidy says what is looked for and why the rest is left out. cppcheck's exceptions stand where
# they are needed, as comments in the code with the reason.
check-analyze: all
	$(AM_V_at)cd $(abs_top_srcdir) && printf '%s\n' src/*/*.c ui/*.c | \
	    xargs -P `nproc` -n 4 sh -c 'for f in "$$@"; do clang-tidy --quiet "$$f" -- -std=gnu11 $(ANALYZE_CPPFLAGS) 2>/dev/null || exit 255; done' sh
	$(AM_V_at)cd $(abs_top_srcdir) && cppcheck --std=c11 --enable=warning,performance,portability --inline-suppr --quiet \
	    --error-exitcode=1 -j `nproc` -D_GNU_SOURCE -I$(abs_top_builddir) -Isrc/include -Isrc/base --include=$(abs_top_builddir)/config.h src ui
ANALYZE_CPPFLAGS = -DTHEME_DIR=\"\" -include $(abs_top_builddir)/config.h -D_GNU_SOURCE -I$(abs_top_builddir) -I$(abs_top_builddir)/ui -Isrc/include \
	-Isrc/base -Isrc/plan -Isrc/metrics -Isrc/net -Isrc/load -Isrc/engine -Isrc/output -Isrc/demo -Isrc/cli -Iui
.PHONY: check-analyze

# For tests/lint/dist.py.
list-dist:
	@printf '%s\n' $(DISTFILES)
.PHONY: list-dist
