/* A history in memory that draws the graphs of the design pictures, and the readers of onager/history.h over it. The shapes
 * are kept as the pictures' own sparklines and decoded into numbers: level n of 8 is a little less than n/8 of `top`. Linked in front of
 * the real history. One thread. */
#include "snapshot_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "onager/history.h"
#include "onager/text.h"

#define COLUMN_S 3
#define TREND_S 9
#define MAX_SECONDS 210
#define HALF_DECADE 4

struct history {
    size_t count, limit;
    struct history_point points[MAX_SECONDS];
    struct history_row rows[MAX_SECONDS][5];
    uint32_t heat[MAX_SECONDS][HISTORY_HEAT_BANDS];
};

struct shape {
    const char *levels;     /* right edge is now; left of it the first level holds */
    double top_ms, over_ms; /* level 8 of a clipped line means over_ms when that is not 0 */
};

struct heat_shape {
    unsigned band;
    const char *cells;
    uint32_t total; /* of the whole run; what the cells leave goes to the seconds before them */
};

struct scene_shape {
    size_t seconds;
    const double *rates;   /* requests a second, a value per column, the last is now */
    const double *missing; /* planned but not started a second, same columns */
    size_t rate_count;
    struct shape p50, p90, p95, p99, max;
    const char *trends[5];
    const struct heat_shape *heat;
    size_t heat_count;
};

static const double running_rates[] = { 5,    12,  16,  22,  28,  34,  42,  50,  56,  60,  389, 556, 556, 556, 556,
                                        556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 745,
                                        1030, 850, 700, 625, 595, 583, 583, 592, 634, 634, 634, 634, 634, 634, 634 };
static const double degraded_rates[] = { 531, 531, 562, 562, 562, 562, 562, 562, 562, 562, 562, 562, 562, 562, 562, 562,
                                         562, 562, 562, 562, 562, 562, 562, 562, 562, 562, 562, 690, 745, 782, 745, 745 };
static const double degraded_missing[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,   0,  0,
                                           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 55, 220, 48, 0 };

static const struct heat_shape running_heat[] = {
    { 44, "                                                        ░··                                         ", 6 },
    { 40, "                                                           · ·                   ·                   ", 6 },
    { 36, "   ·  ·· ··        ·  ·  ··· ·      ·  ·  ·· · ··   · ··░░░░▒░░·░·· ·  ··  ·  ··· ·  ·  ··  ·  ·····", 154 },
    { 32, "▒░░░▒░░░░░░░░░░▒░░░░▒░░░░░░░▒▒▒▒░░░░▒▒▒░░░▒▒░▒░▒░░▒░░░▒▒▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒▒▒░░▒░░▒░░░░░░▒▒░▒▒░▒░▒░▒▒▒░▒", 3020 },
    { 28, "▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓█████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓", 16193 },
    { 24, "▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓███████████████▓▓█▓███▓▓█▓███▓█████████████▓████", 31816 },
    { 20, "▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓", 12912 },
};
static const struct heat_shape degraded_heat[] = {
    { 44, "                                                                     · ", 2 },
    { 40, "                                                                 ·░·░· ", 20 },
    { 36, "  · ·· ·  ·· · ·  · ·  ·         · · ·  · ··    ··   ·   ·  ·· ·░░▒▒▒▒░", 200 },
    { 32, "░░░░░░░░▒░▒░░░░░░░▒░░░▒░▒░░▒▒▒░░▒░░░░▒░▒░░░░░▒▒░▒░░░░░░░░░░░░░▒▒▓▓▓▓▓▓▓", 2400 },
    { 28, "░░░░░▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓█▓███▓", 10000 },
    { 24, "▒▒▒▒▒█████████████████████████████████████████████████████████████▓▓▓▓█", 26000 },
};

#define RUNNING_SHAPE                                                                                           \
    { "▅▄▄▄▅▄▅▄▅▄▅▅▅▄▅▄▄▄▄▅▅▇█▇▅▅▄▄▄▅▅▄▅▄▄▄", 35, 0 }, { "▅▄▃▃▃▄▃▄▃▄▃▃▄▃▃▃▄▄▄▄▄▇█▆▄▄▄▃▃▃▃▃▃▃▃▃", 155, 0 },      \
        { "▅▄▃▄▃▃▃▄▃▄▄▃▄▃▄▃▄▃▄▄▄▇█▆▅▄▄▃▃▃▃▃▃▃▃▃", 223, 0 }, { "▆▄▃▄▃▄▃▃▃▄▄▃▃▃▃▃▃▃▄▃▄▆█▆▄▄▃▃▄▃▃▃▃▃▃▃", 395, 0 }, \
        { "▂▃▂▃▃▂▂▂▄▂▃▂▂▂▂▃▃▂▃▂▃██▄▃▃▃▂▂▇▂▂▃▄▄▃", 1270, 10000 },                                                \
    {                                                                                                           \
        "▄▄▄▄▄▄█▅▄▄▄", "▄▃▄▃▃▃█▄▄▃▄", "▄▄▄▄▄▄█▄▄▄▄", "▄▃▃▄▄▄█▄▃▃▃", "▅▅▅▅▅▅█▅▅▅▅"         \
    }

static const struct scene_shape shapes[] = {
    [FIXTURE_RUNNING] = { 134, running_rates, NULL, 45, RUNNING_SHAPE, running_heat, 7 },
    [FIXTURE_DEGRADED] = { 96,
                           degraded_rates,
                           degraded_missing,
                           32,
                           { "▄▃▃▃▃▃▃▃▃▃▃▃▃▅▇█▇", 41, 0 },
                           { "▃▃▂▂▂▃▃▂▂▂▂▂▂▄▇█▆", 215, 0 },
                           { "▂▂▂▂▃▃▃▂▂▂▃▃▃▄▇█▆", 320, 0 },
                           { "▂▂▂▂▂▂▂▂▂▂▂▂▂▄▇█▅", 740, 0 },
                           { "▂▂▂▂▁▂▂▁▂▁▂▂▂▃▆█▅", 1400, 10000 },
                           { "▃▃▃▃▃▃█", "▂▂▂▂▂▂█", "▃▃▃▃▃▃█", "▃▄▃▃▄▃█", "▄▄▄▄▄▄█" },
                           degraded_heat,
                           6 },
    [FIXTURE_FINISHED] = { 210, running_rates, NULL, 45, RUNNING_SHAPE, running_heat, 7 },
    [FIXTURE_READY] = { 0, NULL, NULL, 0, RUNNING_SHAPE, NULL, 0 },
};

/* The code point number `index` from the right (0 is the last), the first when there are fewer. */
static uint32_t cell_from_right(const char *text, size_t index)
{
    uint32_t cells[160];
    size_t count = 0;

    for (size_t at = 0, length = strlen(text); at < length && count < 160; count++) {
        size_t step = text_decode(text + at, length - at, &cells[count]);

        if (step == 0)
            break;
        at += step;
    }
    if (count == 0)
        return ' ';
    return index < count ? cells[count - 1 - index] : cells[0];
}

static double shape_ms(const struct shape *shape, size_t from_right)
{
    uint32_t cell = cell_from_right(shape->levels, from_right);
    unsigned level = cell >= 0x2581 && cell <= 0x2588 ? cell - 0x2580 : 0;

    return level == 8 && shape->over_ms > 0 ? shape->over_ms : (level > 0 && level < 8 ? level - 0.25 : level) / 8.0 * shape->top_ms;
}

static uint32_t heat_cell(uint32_t cell)
{
    return cell == 0xb7 ? 1 : cell == 0x2591 ? 5 : cell == 0x2592 ? 25 : cell == 0x2593 ? 105 : cell == 0x2588 ? 305 : 0;
}

static void heat_fill(struct history *h, const struct heat_shape *shape)
{
    size_t width = text_columns(shape->cells);
    uint32_t left = shape->total;
    size_t before = h->count > width ? h->count - width : 0;

    for (size_t i = 0; i < width && i < h->count; i++) {
        uint32_t n = heat_cell(cell_from_right(shape->cells, i));

        n = n < left ? n : left;
        h->heat[h->count - 1 - i][shape->band] = n;
        if (shape->band == 20) { /* some were faster still */
            h->heat[h->count - 1 - i][shape->band] = n - n / 8;
            h->heat[h->count - 1 - i][shape->band - HALF_DECADE] = n / 8;
        }
        left -= n;
    }
    for (size_t i = 0; i < before; i++)
        h->heat[i][shape->band] = left / (uint32_t)before + (i < left % before);
}

static uint32_t failed_at(enum fixture_scene scene, size_t second)
{
    static const uint8_t burst[] = { 2, 3, 3, 3, 4, 3, 3, 4, 3, 3, 2, 1, 1 }; /* from 87 s, 35 in all */

    if (scene == FIXTURE_DEGRADED)
        return second >= 88 ? 4 : second == 41;
    if (second >= 87 && second < 100)
        return burst[second - 87] + (second == 91 || second == 95 ? 3 : 0);
    return second == 41 || second == 58 || second == 112 || second == 123;
}

static void second_fill(struct history *h, enum fixture_scene scene, const struct scene_shape *shape, size_t i)
{
    static const double shares[] = { 1, 0.018, 0.242, 0.018, 0.723 };
    size_t newest = (h->count - 1) / COLUMN_S, back = newest - i / COLUMN_S, trend_back = (h->count - 1) / TREND_S - i / TREND_S;
    double rate = shape->rates[back < shape->rate_count ? shape->rate_count - 1 - back : 0];
    double missing = shape->missing != NULL && back < shape->rate_count ? shape->missing[shape->rate_count - 1 - back] : 0;
    struct history_point *p = &h->points[i];

    rate += shape->rates == running_rates && i == 91 ? 28 : i == 90 ? -15 : i == 92 ? -13 : 0;
    p->at_ns = i * NS_PER_S;
    p->seconds = 1;
    p->started = p->completed = (uint32_t)(rate * 0.9);
    p->planned = p->started + (uint32_t)missing;
    p->dropped = (uint32_t)missing;
    p->vus_allocated = scene == FIXTURE_DEGRADED ? 110 : i < 30 ? 8 + (uint32_t)i * 42 / 30 : 100;
    p->vus_busy = p->in_flight = 21;
    for (int row = 0; row < 5; row++) {
        struct history_row *r = &h->rows[i][row];
        double level = shape_ms(&(struct shape){ shape->trends[row], 2, 0 }, trend_back);

        r->count = (uint32_t)(rate * shares[row]);
        r->p95 = history_log_encode((uint64_t)(level * 50e6));
        r->bytes_received_kb = r->count * 1162 / 1000;
    }
    h->rows[i][0].failed = failed_at(scene, i);
    h->rows[i][0].p50 = history_log_encode((uint64_t)(shape_ms(&shape->p50, back) * 1e6));
    h->rows[i][0].p90 = history_log_encode((uint64_t)(shape_ms(&shape->p90, back) * 1e6));
    h->rows[i][0].p95 = history_log_encode((uint64_t)(shape_ms(&shape->p95, back) * (i == 95 ? 1.01 : 1) * 1e6));
    h->rows[i][0].p99 = history_log_encode((uint64_t)(shape_ms(&shape->p99, back) * 1e6));
    h->rows[i][0].max = history_log_encode((uint64_t)(shape_ms(&shape->max, back) * 1e6));
    p->response_p95 = h->rows[i][0].p95;
    p->lag_p99 = history_log_encode(90000);
}

struct history *fixture_history_new(enum fixture_scene scene)
{
    const struct scene_shape *shape = &shapes[scene];
    struct history *h = calloc(1, sizeof *h);

    if (h == NULL)
        abort();
    h->count = h->limit = shape->seconds;
    for (size_t i = 0; i < h->count; i++)
        second_fill(h, scene, shape, i);
    for (size_t i = 0; i < shape->heat_count; i++)
        heat_fill(h, &shape->heat[i]);
    return h;
}

void fixture_history_free(struct history *history)
{
    free(history);
}

void fixture_history_limit(struct history *history, size_t points)
{
    history->limit = points < history->count ? points : history->count;
}

/* ---- onager/history.h ---- */

size_t history_points(const struct history *history)
{
    return history->limit;
}

bool history_point(const struct history *history, size_t index, struct history_point *point)
{
    if (index >= history->limit)
        return false;
    *point = history->points[index];
    return true;
}

bool history_row(const struct history *history, size_t index, uint32_t row, struct history_row *out)
{
    if (index >= history->limit)
        return false;
    *out = row < 5 ? history->rows[index][row] : (struct history_row){ 0 };
    return true;
}

bool history_heat(const struct history *history, size_t index, uint32_t row, uint32_t bands[HISTORY_HEAT_BANDS])
{
    if (index >= history->limit || row != 0)
        return false;
    memcpy(bands, history->heat[index], sizeof history->heat[index]);
    return true;
}

void history_merge(const struct history *history, size_t from, size_t to, struct history_quantiles *out)
{
    double sums[4] = { 0 };
    uint64_t max = 0;

    *out = (struct history_quantiles){ 0, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
    for (size_t i = from; i < to && i < history->limit; i++) {
        const struct history_row *r = &history->rows[i][0];
        const uint16_t codes[] = { r->p50, r->p90, r->p95, r->p99 };

        out->count += r->count;
        for (int q = 0; q < 4; q++)
            sums[q] += (double)history_log_decode(codes[q]) * r->count;
        max = history_log_decode(r->max) > max ? history_log_decode(r->max) : max;
    }
    if (out->count == 0)
        return;
    out->min_ns = 1010000;
    out->max_ns = max;
    out->p50_ns = (uint64_t)(sums[0] / (double)out->count);
    out->p90_ns = (uint64_t)(sums[1] / (double)out->count);
    out->p95_ns = (uint64_t)(sums[2] / (double)out->count);
    out->p99_ns = (uint64_t)(sums[3] / (double)out->count);
}

#define LOG_SCALE 2260.0

uint16_t history_log_encode(uint64_t ns)
{
    double code;

    if (ns == 0)
        return 1;
    code = 2 + floor(log((double)ns) * LOG_SCALE + 0.5);
    return code > 65535 ? 65535 : (uint16_t)code;
}

uint64_t history_log_decode(uint16_t code)
{
    return code < 2 ? 0 : (uint64_t)(exp((code - 2) / LOG_SCALE) + 0.5);
}

uint64_t history_heat_band_floor_ns(unsigned band)
{
    return band == 0 ? 0 : (uint64_t)(10000 * pow(10, band / 8.0));
}
