/* Requests a second as a line of blocks. */
#include "sparkline.h"

#include "onager/text.h"
#include "onager/units.h"

#define LEVELS 8
#define NEARLY_NS (NS_PER_S / 20)

static double rate_of(const struct history *history, size_t index)
{
    struct history_point point;
    struct history_row row;

    if (!history_point(history, index, &point) || !history_row(history, index, 0, &row) || point.seconds == 0)
        return 0;
    return (double)row.count / point.seconds;
}

/* Points that are whole: a run that ended leaves a part of a second, which says nothing about a rate. */
static size_t whole_points(const struct history *history, uint64_t at_ns)
{
    size_t points = history_points(history);
    struct history_point last;

    if (points > 1 && history_point(history, points - 1, &last) && last.at_ns + last.seconds * NS_PER_S > at_ns + NEARLY_NS)
        points--;
    return points;
}

size_t sparkline_latest(double *values, size_t columns, const struct history *history, uint64_t at_ns, unsigned step_s)
{
    size_t points = whole_points(history, at_ns);
    struct history_point last;
    uint64_t end_s;
    size_t count;
    double seconds[64] = { 0 };

    if (points == 0 || columns > 64 || !history_point(history, points - 1, &last))
        return 0;
    end_s = last.at_ns / NS_PER_S + last.seconds;
    count = (size_t)((end_s + step_s - 1) / step_s);
    count = count < columns ? count : columns;
    for (size_t i = 0; i < count; i++)
        values[i] = 0;
    for (size_t index = points; index-- > 0;) {
        struct history_point point;
        uint64_t from_end_s;
        size_t column;

        if (!history_point(history, index, &point))
            break;
        from_end_s = end_s - point.at_ns / NS_PER_S - point.seconds;
        if (from_end_s >= (uint64_t)count * step_s)
            break;
        column = count - 1 - (size_t)(from_end_s / step_s);
        values[column] += rate_of(history, index) * point.seconds;
        seconds[column] += point.seconds;
    }
    for (size_t i = 0; i < count; i++)
        if (seconds[i] > 0)
            values[i] /= seconds[i];
    return count;
}

size_t sparkline_whole(double *values, size_t columns, const struct history *history, uint64_t at_ns, double *peak)
{
    size_t points = whole_points(history, at_ns);
    size_t count = points < columns ? points : columns;

    *peak = 0;
    for (size_t column = 0; column < count; column++) {
        size_t from = column * points / count, to = (column + 1) * points / count;
        double sum = 0, seconds = 0;

        for (size_t index = from; index < to; index++) {
            struct history_point point;
            double rate = rate_of(history, index);

            if (!history_point(history, index, &point))
                continue;
            sum += rate * point.seconds;
            seconds += point.seconds;
            if (rate > *peak)
                *peak = rate;
        }
        values[column] = seconds > 0 ? sum / seconds : 0;
    }
    return count;
}

void sparkline_add(struct buf *out, const double *values, size_t count, bool utf8)
{
    static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    static const char *const plain[] = { " ", ".", ":", "-", "=", "+", "*", "#", "%" };
    double top = 0;

    for (size_t i = 0; i < count; i++)
        if (values[i] > top)
            top = values[i];
    for (size_t i = 0; i < count; i++)
        buf_add_text(out, (utf8 ? blocks : plain)[text_spark_level(values[i], top, LEVELS)]);
}
