noinst_LIBRARIES += src/metrics/libmetrics.a
src_metrics_libmetrics_a_CPPFLAGS = $(I_METRICS) $(ZLIB_CFLAGS)
src_metrics_libmetrics_a_SOURCES = \
	src/metrics/aggregate.h \
	src/metrics/hist.h \
	src/metrics/metric.c src/metrics/metric.h src/metrics/metrics.def \
	src/metrics/shard.h
