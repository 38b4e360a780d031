noinst_LIBRARIES += src/metrics/libmetrics.a
src_metrics_libmetrics_a_CPPFLAGS = $(I_METRICS) $(ZLIB_CFLAGS)
src_metrics_libmetrics_a_SOURCES = \
	src/metrics/aggregate.c src/metrics/aggregate.h src/metrics/aggregate_internal.h \
	src/metrics/books.c \
	src/metrics/fill.c \
	src/metrics/hist.c src/metrics/hist.h src/metrics/hist_export.c \
	src/metrics/history.c src/metrics/history_internal.h src/metrics/history_read.c src/metrics/history_write.h \
	src/metrics/measure.c src/metrics/measure.h \
	src/metrics/metric.c src/metrics/metric.h src/metrics/metrics.def \
	src/metrics/second.c \
	src/metrics/series.c src/metrics/series.h \
	src/metrics/shard_journey.c \
	src/metrics/shard.c src/metrics/shard.h src/metrics/shard_internal.h \
	src/metrics/threshold.c src/metrics/threshold_text.c \
	src/metrics/verdict.c
