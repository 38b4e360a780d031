# The Checkout plan of the pictures for the tests of everything that shows numbers; link it in front of the libraries.
check_LIBRARIES += tests/tools/libfixture.a
tests_tools_libfixture_a_CPPFLAGS = $(I_TEST)
tests_tools_libfixture_a_SOURCES = tests/tools/snapshot_fixture.c tests/tools/snapshot_fixture.h tests/tools/fixture_history.c

if CMOCKA
endif
