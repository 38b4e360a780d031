/* Columns of the requests table. Pure. */
#include "table.h"

#define NAME_LIKED 24
#define TREND_LIKED 22

struct table_columns table_columns_for(int width, int name)
{
    static const int narrow[TABLE_COLUMNS] = { 10, 8, 8, 9, 9, 9, 9, 8, 8 };
    static const int wide[TABLE_COLUMNS] = { 10, 8, 8, 9, 9, 8, 8, 7, 13 };
    static const enum table_column drops[] = { TABLE_MAX,   TABLE_P50,  TABLE_TREND,  TABLE_P99,
                                               TABLE_COUNT, TABLE_RATE, TABLE_FAILED, TABLE_P95 };
    struct table_columns c = { { 0 }, { 0 } };
    int sum = 0, more, part, at = 0;

    for (int i = 0; i < TABLE_COLUMNS; i++) {
        c.width[i] = width >= 80 ? wide[i] : narrow[i];
        sum += c.width[i];
    }
    name = name < NAME_LIKED ? name : NAME_LIKED;
    if (name > c.width[TABLE_NAME] && width >= 60) { /* take from the trend, then whole columns */
        int wanted = name - c.width[TABLE_NAME], least = width >= 80 ? 8 : 5;

        part = sum + wanted - width;
        part = part < c.width[TABLE_TREND] - least ? part : c.width[TABLE_TREND] - least;
        if (part > 0) {
            c.width[TABLE_TREND] -= part;
            sum -= part;
        }
        for (unsigned i = 0; i < 2 && sum + wanted > width; i++) {
            sum -= c.width[drops[i]];
            c.width[drops[i]] = 0;
        }
    }
    for (unsigned i = 0; i < sizeof drops / sizeof drops[0] && sum > width; i++) {
        sum -= c.width[drops[i]];
        c.width[drops[i]] = 0;
    }
    more = width - sum;
    if (more < 0) {
        c.width[TABLE_NAME] += more;
        more = 0;
    }
    part = more < NAME_LIKED - c.width[TABLE_NAME] ? more : NAME_LIKED - c.width[TABLE_NAME];
    c.width[TABLE_NAME] += part;
    more -= part;
    if (c.width[TABLE_TREND] > 0) {
        part = more < TREND_LIKED - c.width[TABLE_TREND] ? more : TREND_LIKED - c.width[TABLE_TREND];
        c.width[TABLE_TREND] += part;
        more -= part;
    }
    c.width[TABLE_NAME] += more;
    for (int i = 0; i < TABLE_COLUMNS; i++) {
        at += c.width[i];
        c.end[i] = at - 1;
    }
    return c;
}
