# Instructions of recording one answer in a shard.
EXTRA_PROGRAMS += tests/bench/bench_shard
tests_bench_bench_shard_CPPFLAGS = $(I_TEST)
tests_bench_bench_shard_LDADD = src/metrics/libmetrics.a src/base/libbase.a $(ZLIB_LIBS)
CLEANFILES += tests/bench/bench_shard$(EXEEXT)
EXTRA_DIST += tests/bench/shard_instructions.sh

bench-shard: tests/bench/bench_shard
	$(AM_V_at)$(SHELL) $(srcdir)/tests/bench/shard_instructions.sh ./tests/bench/bench_shard
.PHONY: bench-shard
