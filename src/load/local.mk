noinst_LIBRARIES += src/load/libload.a
src_load_libload_a_CPPFLAGS = $(I_LOAD)
src_load_libload_a_SOURCES =
