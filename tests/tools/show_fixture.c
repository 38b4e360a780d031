/* Prints what the command line shows of a run, over the fixture of the design pictures:
 *
 *     show_fixture SCENE summary | full | progress COLUMNS | record | json       SCENE: running degraded finished
 *     show_fixture ... ascii                                                      as where the locale is not UTF-8
 *
 * For the golden files of tests/cli, and for looking at a layout while it is changed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "json.h"
#include "onager/units.h"
#include "progress.h"
#include "snapshot_fixture.h"
#include "summary.h"

static int usage(void)
{
    fprintf(stderr, "show_fixture running|degraded|finished summary|full|progress COLUMNS|record|json [ascii]\n");
    return 2;
}

/* The pictures give a worker's share of a core; the summary computes it from its CPU time. */
static void give_cpu_time(struct fixture *fixture)
{
    for (size_t i = 0; i < 2; i++)
        fixture->workers[i].cpu_ns = (uint64_t)(fixture->workers[i].busy * (double)fixture->snapshot.at_ns);
}

/* A distribution like that of the picture: most around 20 ms, a long tail, single requests of 10 s. */
static void fill_histogram(struct hist *hist, struct hist_pool *pool)
{
    hist_init(hist, 7, pool);
    for (int step = 0; step < 400; step++) {
        double place = (step - 160) / 75.0; /* in standard deviations */
        unsigned count = (unsigned)(2000 * exp(-place * place / 2));

        for (unsigned i = 0; i < count; i++)
            hist_record(hist, (uint64_t)(1.01e6 * pow(10, step / 133.0)));
    }
    for (int i = 0; i < 6; i++)
        hist_record(hist, 9999000000ULL);
}

int main(int argc, char **argv)
{
    static const char *const scenes[] = { "running", "degraded", "finished" };
    bool utf8 = argc < 4 || strcmp(argv[argc - 1], "ascii") != 0;
    struct hist_pool *pool = hist_pool_new(64);
    struct fixture *fixture = NULL;
    struct hist histogram;
    struct buf out;

    for (int i = 0; argc > 2 && i < 3; i++)
        if (strcmp(argv[1], scenes[i]) == 0)
            fixture = fixture_new((enum fixture_scene)i);
    if (fixture == NULL)
        return usage();
    give_cpu_time(fixture);
    buf_init(&out);
    if (strcmp(argv[2], "summary") == 0)
        summary_text(&out, &fixture->snapshot, utf8);
    else if (strcmp(argv[2], "full") == 0) {
        fill_histogram(&histogram, pool);
        fixture->snapshot.all.histogram = &histogram;
        summary_full_text(&out, &fixture->snapshot, utf8);
        hist_release(&histogram);
    } else if (strcmp(argv[2], "progress") == 0 && argc > 3)
        progress_line(&out, &fixture->snapshot, (size_t)strtoul(argv[3], NULL, 10), utf8);
    else if (strcmp(argv[2], "record") == 0)
        progress_record(&out, &fixture->snapshot);
    else if (strcmp(argv[2], "json") == 0)
        json_summary(&out, &fixture->snapshot);
    if (out.length == 0)
        return usage();
    fwrite(out.data, 1, out.length, stdout);
    if (out.data[out.length - 1] != '\n')
        printf("\n");
    buf_release(&out);
    fixture_free(fixture);
    hist_pool_free(pool);
    return 0;
}
