/* Hours of the day, in the time zone of the process, daylight saving included. */
#include "shape_hours.h"

#include <stdlib.h>
#include <time.h>

#include "mem.h"
#include "shape.h"

#define QUARTER_S 900

void shape_hours_init(struct shape_hours *hours, const struct plan_chaos_hours *list, size_t count, uint64_t start_wall_ns)
{
    *hours = (struct shape_hours){ .start_wall_ns = start_wall_ns, .quarter = UINT64_MAX };
    for (unsigned hour = 0; hour < 24; hour++) {
        uint32_t priority = 0;

        hours->factor_ppm[hour] = SHAPE_ONE_PPM;
        for (size_t i = 0; i < count; i++)
            if ((list[i].hours >> hour & 1) != 0 && list[i].priority >= priority) {
                priority = list[i].priority;
                hours->factor_ppm[hour] = list[i].factor_ppm;
            }
    }
    if (count == 0) { /* no clock is asked then */
        hours->quarter = 0;
        hours->quarter_ppm = SHAPE_ONE_PPM;
        hours->start_wall_ns = UINT64_MAX;
    }
}

void shape_hours_release(struct shape_hours *hours)
{
    free(hours->delays);
}

static uint32_t at_quarter(const struct shape_hours *hours, uint64_t quarter)
{
    time_t seconds = (time_t)(quarter * QUARTER_S);
    struct tm local;

    return localtime_r(&seconds, &local) != NULL ? hours->factor_ppm[local.tm_hour] : SHAPE_ONE_PPM;
}

uint32_t shape_hours_ppm(struct shape_hours *hours, uint64_t cell)
{
    uint64_t delay_ns = 0, quarter;

    if (hours->start_wall_ns == UINT64_MAX)
        return SHAPE_ONE_PPM;
    for (size_t i = hours->delay_count; i-- > 0;)
        if (cell >= hours->delays[i].from_cell) {
            delay_ns = hours->delays[i].total_ns;
            break;
        }
    quarter = (hours->start_wall_ns + delay_ns + cell * SHAPE_CELL_NS) / (QUARTER_S * NS_PER_S);
    if (quarter != hours->quarter) {
        hours->quarter = quarter;
        hours->quarter_ppm = at_quarter(hours, quarter);
    }
    return hours->quarter_ppm;
}

void shape_hours_delay(struct shape_hours *hours, uint64_t from_cell, uint64_t delay_ns)
{
    uint64_t before = hours->delay_count > 0 ? hours->delays[hours->delay_count - 1].total_ns : 0;

    hours->delays = mem_resize(hours->delays, hours->delay_count + 1, sizeof *hours->delays);
    hours->delays[hours->delay_count++] = (struct shape_delay){ from_cell, before + delay_ns };
}
