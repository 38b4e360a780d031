# Tests by kind; each module's unit tests stand in a file of their own.
TEST_LIBS = $(UI_LIBS) src/output/liboutput.a $(ENGINE_LDADD) $(NCURSES_LIBS) $(CMOCKA_LIBS)
include tests/unit/base.mk
include tests/unit/plan.mk
include tests/unit/metrics.mk
include tests/unit/net.mk
include tests/unit/load.mk
include tests/unit/engine.mk
include tests/unit/output.mk
include tests/unit/demo.mk
include tests/unit/cli.mk
include tests/unit/ui.mk
include tests/tools/local.mk
include tests/cli/local.mk
include tests/e2e/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/lint/local.mk

EXTRA_DIST += tests/tsan.supp tests/valgrind.supp

# The tests again with the sanitizers, each in a build directory of its own below this one. ThreadSanitizer of older compilers
# fails where the kernel spreads addresses widely, hence setarch -R where that is allowed.
check-sanitize: check-asan check-tsan
check-asan:
	$(AM_V_at)$(MAKE) sanitized-check SANITIZER=asan SWITCHES='--enable-asan --enable-ubsan'
check-tsan:
	$(AM_V_at)$(MAKE) sanitized-check SANITIZER=tsan SWITCHES=--enable-tsan
sanitized-check:
	$(AM_V_at)$(MKDIR_P) sanitize-$(SANITIZER)
	$(AM_V_at)cd sanitize-$(SANITIZER) && { test -f Makefile || $(abs_top_srcdir)/configure --quiet $(SWITCHES); }
	$(AM_V_at)if setarch `uname -m` -R true 2>/dev/null; then run="setarch `uname -m` -R"; else run=; fi; \
	    cd sanitize-$(SANITIZER) && $$run $(MAKE) check
clean-local:
	rm -rf sanitize-asan sanitize-tsan
.PHONY: check-sanitize check-asan check-tsan sanitized-check

# What needs more time than a change should wait for: everything, each sanitizer, the fuzz targets.
check-long: check check-sanitize
	$(MAKE) fuzz
.PHONY: check-long

# The unit tests under valgrind: a wrong access, a decision on what was never set, or memory that nobody holds any more fails
# them. Threads and loops run slowly there, so what is timed to the millisecond is left to the plain run.
check-valgrind:
	$(AM_V_at)$(MAKE) check TESTS="`echo '$(TESTS)' | tr ' ' '\n' | grep '^tests/unit/test_' | tr '\n' ' '`" LOG_COMPILER=valgrind \
	    LOG_FLAGS='--quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --suppressions=$(abs_top_srcdir)/tests/valgrind.supp'
.PHONY: check-valgrind
