/* Arrivals of a constant rate. Pure; knows no clock and no worker. */
#include "schedule.h"

typedef unsigned __int128 u128;

static uint64_t saturated(u128 value)
{
    return value > UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}

uint64_t schedule_constant_at(const struct rate *rate, uint64_t index)
{
    return saturated((u128)index * rate->per_ns / rate->count);
}

uint64_t schedule_constant_count(const struct rate *rate, uint64_t t_ns)
{
    /* floor(k * per / count) < t  <=>  k * per < t * count  <=>  k < ceil(t * count / per) */
    return saturated(((u128)t_ns * rate->count + rate->per_ns - 1) / rate->per_ns);
}
