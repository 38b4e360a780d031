# Tests by kind; each module's unit tests stand in a file of their own.
TEST_LIBS = $(UI_LIBS) src/output/liboutput.a $(ENGINE_LDADD) $(NCURSES_LIBS) $(CMOCKA_LIBS)
include tests/unit/base.mk
include tests/unit/plan.mk
include tests/unit/metrics.mk
include tests/unit/net.mk
include tests/unit/engine.mk
include tests/unit/output.mk
include tests/unit/demo.mk
include tests/unit/ui.mk
include tests/tools/local.mk
include tests/cli/local.mk
include tests/e2e/local.mk
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/lint/local.mk
