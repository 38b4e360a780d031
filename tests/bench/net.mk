# Instructions of net per request on a reused connection: the difference of two runs under callgrind.
EXTRA_PROGRAMS += tests/bench/bench_net
tests_bench_bench_net_CPPFLAGS = $(I_TEST)
tests_bench_bench_net_LDADD = src/net/libnet.a src/base/libbase.a $(CURL_LIBS) $(DECODE_LIBS) $(CRYPTO_LIBS) $(EV_LIBS)
CLEANFILES += tests/bench/bench_net$(EXEEXT) bench_net.*.callgrind
EXTRA_DIST += tests/bench/net_instructions.sh

bench-net: tests/bench/bench_net
	$(AM_V_at)$(SHELL) $(srcdir)/tests/bench/net_instructions.sh ./tests/bench/bench_net
.PHONY: bench-net
