/* Bands and shades of the heat map. Pure. */
#include "heat.h"

#include <math.h>
#include <stdio.h>

#define HALF_DECADE 4 /* of 8 bands to a decade */
#define HALVES (HISTORY_HEAT_BANDS / HALF_DECADE)

/* The half decade a time falls into. */
static int half_of(uint64_t ns)
{
    int half = 0;

    while (half + 1 < HALVES && history_heat_band_floor_ns((unsigned)(half + 1) * HALF_DECADE) <= ns)
        half++;
    return half;
}

/* Nothing fell below this half decade. */
static bool is_empty_below(const uint64_t total[HISTORY_HEAT_BANDS], int half)
{
    for (int band = 0; band < half * HALF_DECADE && band < HISTORY_HEAT_BANDS; band++)
        if (total[band] > 0)
            return false;
    return true;
}

struct heat_rows heat_rows_choose(const uint64_t total[HISTORY_HEAT_BANDS], uint64_t p90_ns, int rows)
{
    struct heat_rows out = { rows < 2 ? 2 : rows > HEAT_MAX_ROWS ? HEAT_MAX_ROWS : rows, { 0 } };
    int top = 0, lowest;

    for (int band = 0; band < HISTORY_HEAT_BANDS; band++)
        if (total[band] > 0)
            top = band / HALF_DECADE;
    if (p90_ns != UINT64_MAX && top - (out.count - 2) > half_of(p90_ns))
        top = half_of(p90_ns) + out.count - 2;
    lowest = top - (out.count - 2);
    if (lowest < 1) /* below the least band there is nothing */
        out.count = top < 1 ? 2 : top + 1;
    while (out.count > 2 && is_empty_below(total, top - (out.count - 2))) /* a last row without anything is no row */
        out.count--;
    for (int i = 0; i < out.count - 1; i++)
        out.first[i] = (unsigned)(top - i > 0 ? top - i : 0) * HALF_DECADE;
    out.first[out.count - 1] = 0;
    return out;
}

int heat_rows_useful(const uint64_t total[HISTORY_HEAT_BANDS])
{
    int lowest = -1, highest = -1;

    for (int band = 0; band < HISTORY_HEAT_BANDS; band++)
        if (total[band] > 0) {
            lowest = lowest < 0 ? band / HALF_DECADE : lowest;
            highest = band / HALF_DECADE;
        }
    return lowest < 0 ? 0 : highest - lowest + 1;
}

static unsigned row_end(const struct heat_rows *rows, int row)
{
    return row == 0 ? HISTORY_HEAT_BANDS : rows->first[row - 1];
}

uint64_t heat_row_count(const struct heat_rows *rows, int row, const uint32_t bands[HISTORY_HEAT_BANDS])
{
    uint64_t sum = 0;

    for (unsigned band = rows->first[row]; band < row_end(rows, row); band++)
        sum += bands[band];
    return sum;
}

uint64_t heat_row_total(const struct heat_rows *rows, int row, const uint64_t bands[HISTORY_HEAT_BANDS])
{
    uint64_t sum = 0;

    for (unsigned band = rows->first[row]; band < row_end(rows, row); band++)
        sum += bands[band];
    return sum;
}

const uint32_t *heat_shades(uint64_t most)
{
    static const struct {
        uint64_t below;
        uint32_t shades[HEAT_SHADES];
    } scales[] = {
        { 20, { 1, 2, 4, 7, 12 } },
        { 60, { 1, 2, 5, 12, 30 } },
        { 200, { 1, 3, 8, 30, 80 } },
        { 1000, { 1, 3, 20, 90, 300 } },
        { 4000, { 1, 5, 40, 250, 1000 } },
        { 15000, { 1, 10, 100, 700, 4000 } },
        { 60000, { 1, 20, 300, 3000, 15000 } },
        { UINT64_MAX, { 1, 50, 1000, 10000, 60000 } },
    };
    int i = 0;

    while (most >= scales[i].below && scales[i].below != UINT64_MAX)
        i++;
    return scales[i].shades;
}

int heat_shade(const uint32_t shades[HEAT_SHADES], uint64_t count)
{
    int shade = 0;

    while (shade < HEAT_SHADES && count >= shades[shade])
        shade++;
    return shade;
}

static void edge_print(const struct heat_rows *rows, unsigned band, int utf8, char *out, unsigned long size)
{
    static const char *const ms[] = { "10", "32", "100", "316", "1.0", "3.2" };
    unsigned half = band / HALF_DECADE; /* 10 µs is 0, 1 ms is 4, 1 s is 10 */
    int shows_decimals = 0;

    for (int i = 0; i < rows->count - 1; i++)
        if (rows->first[i] / HALF_DECADE == half + 1)
            shows_decimals = half % 6 == 4;
    if (half % 6 == 4 && !shows_decimals)
        snprintf(out, size, "1%s", half == 4 ? "ms" : "s");
    else if (half < 4)
        snprintf(out, size, "%s%s", ms[half], utf8 ? "µs" : "us");
    else if (half < 6)
        snprintf(out, size, "%sms", ms[half]);
    else
        snprintf(out, size, "%s%s", ms[half - 6], half < 10 ? "ms" : "s");
}

char *heat_label(const struct heat_rows *rows, int row, int utf8, char *out, unsigned long size)
{
    if (row == rows->count - 1 && row > 0) {
        char edge[16];

        edge_print(rows, rows->first[row - 1], utf8, edge, sizeof edge);
        snprintf(out, size, "<%s", edge);
        return out;
    }
    edge_print(rows, rows->first[row], utf8, out, size);
    return out;
}
