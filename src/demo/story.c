/* The dice of the demo target. Pure; any thread. */
#include "story.h"

const struct story_act story_lesson[] = {
    { 0, TARGET_HEALTHY, "healthy: ? says what is where" },
    { 200, TARGET_MILD, "3 % fail now: what, and since when?" },
    { 400, TARGET_SLOW, "a request is slow now: which row of the table?" },
    { 600, TARGET_BURST, "a burst of 503: look at the errors" },
    { 750, TARGET_HEALTHY, "recovered: at the end, r runs it again" },
};
const size_t story_lesson_count = sizeof story_lesson / sizeof *story_lesson;

static const struct {
    const char *name;
    uint64_t service_us;
} endpoints[ENDPOINT_COUNT] = {
#define ENDPOINT(id, name, service_us) { name, service_us },
#include "endpoint.def"
#undef ENDPOINT
};

static const struct {
    const char *name;
    unsigned status;
} faults[TARGET_FAULT_COUNT] = {
    [TARGET_NO_FAULT] = { "none", 0 },         [TARGET_LATE_500] = { "late_500", 500 }, [TARGET_QUICK_500] = { "quick_500", 500 },
    [TARGET_QUICK_400] = { "quick_400", 400 }, [TARGET_BUSY_503] = { "busy_503", 503 }, [TARGET_DELAYED] = { "delayed", 0 },
};

const char *target_endpoint_name(enum target_endpoint endpoint)
{
    return endpoints[endpoint].name;
}

const char *target_fault_name(enum target_fault fault)
{
    return faults[fault].name;
}

unsigned target_fault_status(enum target_fault fault)
{
    return faults[fault].status;
}

static uint64_t act_begin_ns(const struct story *story, size_t act)
{
    return (uint64_t)((double)story->length_ns * story->acts[act].from_permille / 1000.0);
}

const struct story_act *story_turn(struct story *story, uint32_t run_number, uint64_t at_ns)
{
    size_t before;

    if (story->run_number != run_number) {
        story->run_number = run_number;
        story->begun = 0;
    }
    before = story->begun;
    while (story->begun < story->count && act_begin_ns(story, story->begun) <= at_ns)
        story->begun++;
    return story->begun > before ? &story->acts[story->begun - 1] : NULL;
}

static uint64_t between_ms(struct random *random, uint64_t from_ms, uint64_t to_ms)
{
    return from_ms * NS_PER_MS + random_below(random, (to_ms - from_ms) * NS_PER_MS + 1);
}

/* 0.6 to 1.4 of the mean, and one in a hundred six times as long: a body and a tail. */
static uint64_t service_time_ns(struct random *random, enum target_endpoint endpoint)
{
    double mean_ns = (double)endpoints[endpoint].service_us * 1000.0;
    double factor = 0.6 + 0.8 * random_unit(random);

    if (random_below(random, 100) == 0)
        factor *= 6.0;
    return (uint64_t)(mean_ns * factor);
}

static bool is_rolled(enum target_endpoint endpoint)
{
    return endpoint == ENDPOINT_LIST || endpoint == ENDPOINT_ECHO;
}

static struct target_draw draw_faults(struct random *random, enum target_endpoint endpoint)
{
    struct target_draw draw = { TARGET_NO_FAULT, 0 };
    double roll;

    if (!is_rolled(endpoint) && endpoint != ENDPOINT_HEALTH)
        return draw;
    roll = random_unit(random);
    if (endpoint == ENDPOINT_HEALTH) {
        /* 10 %, and of the rest 5 % */
        if (roll < 0.10)
            draw.fault = TARGET_LATE_500;
        else if (roll < 0.10 + 0.90 * 0.05)
            draw.fault = TARGET_DELAYED;
    } else if (roll < 0.10) {
        draw.fault = TARGET_LATE_500;
    } else if (roll < 0.15) {
        draw.fault = TARGET_QUICK_400;
    } else if (roll < 0.18) {
        draw.fault = TARGET_DELAYED;
    }
    if (draw.fault == TARGET_LATE_500)
        draw.delay_ns = between_ms(random, 1000, 3000);
    else if (draw.fault == TARGET_DELAYED)
        draw.delay_ns = between_ms(random, 200, 700);
    return draw;
}

static struct target_draw draw_mild(struct random *random, enum target_endpoint endpoint)
{
    struct target_draw draw = { TARGET_NO_FAULT, 0 };
    double roll;

    if (!is_rolled(endpoint) && endpoint != ENDPOINT_READ)
        return draw;
    roll = random_unit(random);
    if (roll < 0.03) {
        draw.fault = TARGET_QUICK_500;
    } else if (roll < 0.08) {
        draw.fault = TARGET_DELAYED;
        draw.delay_ns = between_ms(random, 20, 100);
    }
    return draw;
}

struct target_draw target_draw(struct random *random, enum target_mode mode, enum target_endpoint endpoint, bool has_service_times)
{
    struct target_draw draw = { TARGET_NO_FAULT, 0 };

    switch (mode) {
    case TARGET_HEALTHY:
        break;
    case TARGET_FAULTS:
        draw = draw_faults(random, endpoint);
        break;
    case TARGET_MILD:
        draw = draw_mild(random, endpoint);
        break;
    case TARGET_SLOW:
        if (endpoint == ENDPOINT_READ) {
            draw.fault = TARGET_DELAYED;
            draw.delay_ns = between_ms(random, 250, 450);
        }
        break;
    case TARGET_BURST:
        if ((is_rolled(endpoint) || endpoint == ENDPOINT_READ) && random_unit(random) < 0.60)
            draw.fault = TARGET_BUSY_503;
        break;
    }
    /* an error at once is at once */
    if (has_service_times && draw.fault != TARGET_QUICK_400 && draw.fault != TARGET_QUICK_500)
        draw.delay_ns += service_time_ns(random, endpoint);
    return draw;
}
