check_PROGRAMS += tests/tools/testserver
EXTRA_DIST += tests/tools/one_worker.py
tests_tools_testserver_CPPFLAGS = $(I_BASE)
tests_tools_testserver_SOURCES = tests/tools/testserver.c tests/tools/testserver.h tests/tools/testserver_answer.c
tests_tools_testserver_LDADD = src/base/libbase.a
