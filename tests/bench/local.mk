EXTRA_DIST += tests/bench/run.py tests/bench/bodies.py tests/bench/journey.py tests/bench/pace.py
CLEANFILES += bench.json

# Not part of check: figures of time belong to a quiet machine.
bench: src/onager
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) $(PYTHON3) -B $(srcdir)/tests/bench/run.py
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) $(PYTHON3) -B $(srcdir)/tests/bench/journey.py
.PHONY: bench
include tests/bench/net.mk
include tests/bench/metrics.mk

bench-pace: src/onager
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) $(PYTHON3) -B $(srcdir)/tests/bench/pace.py
.PHONY: bench-pace
