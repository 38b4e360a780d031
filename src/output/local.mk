noinst_LIBRARIES += src/output/liboutput.a
src_output_liboutput_a_CPPFLAGS = $(I_OUTPUT)
src_output_liboutput_a_SOURCES = \
	src/output/file.c \
	src/output/json.c src/output/json.h \
	src/output/json_journey.c \
	src/output/json_parts.c \
	src/output/output.c src/output/output.h \
	src/output/recorder.c src/output/recorder.h

schemadir = $(pkgdatadir)/schema
dist_schema_DATA = src/output/summary.schema.json
