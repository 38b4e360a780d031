# Fuzz targets: fuzz_NAME.c has LLVMFuzzerTestOneInput(), tests/fuzz/NAME/ its corpus. check replays every corpus with any
# compiler; `make fuzz` (clang) searches on for FUZZ_SECONDS each and puts what it finds into the build directory.
FUZZ_SECONDS = 60
FUZZ_TARGETS = http1 plan redirect cookies import answers command
EXTRA_DIST += tests/fuzz/http1 tests/fuzz/plan tests/fuzz/redirect tests/fuzz/cookies
CLEANFILES += tests/fuzz/fuzz_http1 tests/fuzz/fuzz_plan tests/fuzz/fuzz_redirect tests/fuzz/fuzz_cookies

check_PROGRAMS += tests/fuzz/replay_http1
TESTS += tests/fuzz/replay_http1
tests_fuzz_replay_http1_SOURCES = tests/fuzz/fuzz_http1.c tests/fuzz/replay.c
tests_fuzz_replay_http1_CPPFLAGS = $(I_TEST) -DCORPUS='"tests/fuzz/http1"'
tests_fuzz_replay_http1_LDADD = src/net/libnet.a src/base/libbase.a

fuzz_http1_files = $(srcdir)/tests/fuzz/fuzz_http1.c $(srcdir)/src/net/http1_parse.c $(srcdir)/src/net/http1_field.c \
	$(srcdir)/src/base/buf.c $(srcdir)/src/base/mem.c

fuzz:
	$(AM_V_at)for t in $(FUZZ_TARGETS); do $(MAKE) fuzz-$$t || exit 1; done
fuzz-http1: config.h
	$(AM_V_at)$(MKDIR_P) tests/fuzz/found_http1
	$(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined $(I_TEST) $(fuzz_http1_files) -o tests/fuzz/fuzz_http1
	$(AM_V_at)./tests/fuzz/fuzz_http1 -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -artifact_prefix=tests/fuzz/ tests/fuzz/found_http1 \
	    $(srcdir)/tests/fuzz/http1

check_PROGRAMS += tests/fuzz/replay_plan
TESTS += tests/fuzz/replay_plan
tests_fuzz_replay_plan_SOURCES = tests/fuzz/fuzz_plan.c tests/fuzz/replay.c
tests_fuzz_replay_plan_CPPFLAGS = $(I_TEST) -DCORPUS='"tests/fuzz/plan"'
tests_fuzz_replay_plan_LDADD = src/plan/libplan.a src/metrics/libmetrics.a src/base/libbase.a $(INIH_LIBS) $(PCRE2_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS)

fuzz_plan_sources = $(srcdir)/src/plan/*.c $(srcdir)/src/metrics/metric.c $(srcdir)/src/base/*.c
fuzz_plan_files = $(srcdir)/tests/fuzz/fuzz_plan.c $(fuzz_plan_sources)

fuzz-plan: config.h
	$(AM_V_at)$(MKDIR_P) tests/fuzz/found_plan
	$(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined $(I_TEST) $(fuzz_plan_files) -o tests/fuzz/fuzz_plan \
	    $(INIH_LIBS) $(PCRE2_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS) $(CK_LIBS) -lm
	$(AM_V_at)./tests/fuzz/fuzz_plan -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -artifact_prefix=tests/fuzz/ tests/fuzz/found_plan \
	    $(srcdir)/tests/fuzz/plan $(srcdir)/tests/plan/ok $(srcdir)/tests/plan/bad $(srcdir)/examples

check_PROGRAMS += tests/fuzz/replay_redirect
TESTS += tests/fuzz/replay_redirect
tests_fuzz_replay_redirect_SOURCES = tests/fuzz/fuzz_redirect.c tests/fuzz/replay.c
tests_fuzz_replay_redirect_CPPFLAGS = $(I_TEST) -DCORPUS='"tests/fuzz/redirect"'
tests_fuzz_replay_redirect_LDADD = src/net/libnet.a src/base/libbase.a $(CURL_LIBS)

fuzz_redirect_files = $(srcdir)/tests/fuzz/fuzz_redirect.c $(srcdir)/src/net/redirect.c $(srcdir)/src/base/mem.c
fuzz-redirect: config.h
	$(AM_V_at)$(MKDIR_P) tests/fuzz/found_redirect
	$(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined $(I_TEST) $(fuzz_redirect_files) -o tests/fuzz/fuzz_redirect \
	    $(CURL_LIBS)
	$(AM_V_at)./tests/fuzz/fuzz_redirect -max_total_time=$(FUZZ_SECONDS) -max_len=512 -artifact_prefix=tests/fuzz/ \
	    tests/fuzz/found_redirect $(srcdir)/tests/fuzz/redirect

check_PROGRAMS += tests/fuzz/replay_cookies
TESTS += tests/fuzz/replay_cookies
tests_fuzz_replay_cookies_SOURCES = tests/fuzz/fuzz_cookies.c tests/fuzz/replay.c
tests_fuzz_replay_cookies_CPPFLAGS = $(I_TEST) -DCORPUS='"tests/fuzz/cookies"'
tests_fuzz_replay_cookies_LDADD = src/net/libnet.a src/base/libbase.a

fuzz_cookies_files = $(srcdir)/tests/fuzz/fuzz_cookies.c $(srcdir)/src/net/cookies.c $(srcdir)/src/net/cookie_date.c \
	$(srcdir)/src/base/buf.c $(srcdir)/src/base/mem.c
fuzz-cookies: config.h
	$(AM_V_at)$(MKDIR_P) tests/fuzz/found_cookies
	$(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined $(I_TEST) $(fuzz_cookies_files) -o tests/fuzz/fuzz_cookies
	$(AM_V_at)./tests/fuzz/fuzz_cookies -max_total_time=$(FUZZ_SECONDS) -max_len=1024 -artifact_prefix=tests/fuzz/ \
	    tests/fuzz/found_cookies $(srcdir)/tests/fuzz/cookies

check_PROGRAMS += tests/fuzz/replay_import
TESTS += tests/fuzz/replay_import
tests_fuzz_replay_import_SOURCES = tests/fuzz/fuzz_import.c tests/fuzz/replay.c
tests_fuzz_replay_import_CPPFLAGS = $(I_TEST) -DCORPUS='"tests/fuzz/import"'
tests_fuzz_replay_import_LDADD = $(tests_fuzz_replay_plan_LDADD) $(JANSSON_LIBS)

fuzz-import: config.h
	$(AM_V_at)$(MKDIR_P) tests/fuzz/found_import
	$(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined $(I_TEST) $(srcdir)/tests/fuzz/fuzz_import.c \
	    $(fuzz_plan_sources) -o tests/fuzz/fuzz_import $(INIH_LIBS) $(PCRE2_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS) $(JANSSON_LIBS) $(CK_LIBS) -lm
	$(AM_V_at)./tests/fuzz/fuzz_import -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -artifact_prefix=tests/fuzz/ tests/fuzz/found_import \
	    $(srcdir)/tests/fuzz/import
CLEANFILES += tests/fuzz/fuzz_import
EXTRA_DIST += tests/fuzz/import
.PHONY: fuzz-import
.PHONY: fuzz fuzz-http1 fuzz-plan fuzz-redirect fuzz-cookies

check_PROGRAMS += tests/fuzz/replay_answers
TESTS += tests/fuzz/replay_answers
tests_fuzz_replay_answers_SOURCES = tests/fuzz/fuzz_answers.c tests/fuzz/replay.c
tests_fuzz_replay_answers_CPPFLAGS = $(I_TEST) $(JANSSON_CFLAGS) -DCORPUS='"tests/fuzz/answers"'
tests_fuzz_replay_answers_LDADD = src/load/libload.a src/plan/libplan.a src/base/libbase.a $(JANSSON_LIBS) $(GUMBO_LIBS) $(PCRE2_LIBS) -lm

fuzz_answers_files = $(srcdir)/tests/fuzz/fuzz_answers.c $(srcdir)/src/load/json_scan.c $(srcdir)/src/load/json_query.c \
	$(srcdir)/src/load/html_field.c $(srcdir)/src/plan/json_path.c $(srcdir)/src/base/csv.c $(srcdir)/src/base/buf.c $(srcdir)/src/base/mem.c \
	$(srcdir)/src/base/error.c $(srcdir)/src/base/text.c $(srcdir)/src/base/random.c $(srcdir)/src/base/json_write.c
fuzz-answers: config.h
	$(AM_V_at)$(MKDIR_P) tests/fuzz/found_answers
	$(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined $(I_TEST) $(JANSSON_CFLAGS) $(GUMBO_CFLAGS) $(fuzz_answers_files) \
	    -o tests/fuzz/fuzz_answers $(JANSSON_LIBS) $(GUMBO_LIBS) -lm
	$(AM_V_at)./tests/fuzz/fuzz_answers -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -artifact_prefix=tests/fuzz/ tests/fuzz/found_answers \
	    $(srcdir)/tests/fuzz/answers
CLEANFILES += tests/fuzz/fuzz_answers
EXTRA_DIST += tests/fuzz/answers
.PHONY: fuzz-answers

check_PROGRAMS += tests/fuzz/replay_command
TESTS += tests/fuzz/replay_command
tests_fuzz_replay_command_SOURCES = tests/fuzz/fuzz_command.c tests/fuzz/replay.c
tests_fuzz_replay_command_CPPFLAGS = $(I_TEST) -DCORPUS='"tests/fuzz/command"'
tests_fuzz_replay_command_LDADD = src/base/libbase.a

fuzz_command_files = $(srcdir)/tests/fuzz/fuzz_command.c $(srcdir)/src/base/command_text.c $(srcdir)/src/base/words.c \
	$(srcdir)/src/base/error.c $(srcdir)/src/base/nearest.c $(srcdir)/src/base/units.c $(srcdir)/src/base/mem.c
fuzz-command: config.h
	$(AM_V_at)$(MKDIR_P) tests/fuzz/found_command
	$(AM_V_CCLD)clang -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined $(I_TEST) $(fuzz_command_files) -o tests/fuzz/fuzz_command
	$(AM_V_at)./tests/fuzz/fuzz_command -max_total_time=$(FUZZ_SECONDS) -max_len=256 -artifact_prefix=tests/fuzz/ \
	    tests/fuzz/found_command $(srcdir)/tests/fuzz/command
CLEANFILES += tests/fuzz/fuzz_command
EXTRA_DIST += tests/fuzz/command
.PHONY: fuzz-command
