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

# For tests/lint/dist.py.
list-dist:
	@printf '%s\n' $(DISTFILES)
.PHONY: list-dist
