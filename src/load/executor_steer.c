/* Stands in for executors that cannot depart from their plan yet; weak, so that theirs takes its place. Worker thread. */
#include "executor.h"

__attribute__((weak)) void executor_steer(struct executor *executor, const struct steering *steering, uint64_t plan_ns)
{
    (void)executor;
    (void)steering;
    (void)plan_ns;
}
