/* Durations, rates and sizes: reading what people write and printing numbers in onager's one style.
 * Pure; any thread. All output functions write at most `size` bytes including the NUL and return `out`. */
#ifndef ONAGER_UNITS_H
#define ONAGER_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_US 1000ULL
#define NS_PER_MS 1000000ULL
#define NS_PER_S 1000000000ULL

/* What a number without a unit means: seconds on the command line and in plans, milliseconds in threshold expressions. */
enum bare_unit { BARE_SECONDS, BARE_MILLISECONDS, BARE_FORBIDDEN };

/* Go syntax ("1h2m3.5s", "500ms", "250us", "1d", ".5s"). Whole text must match. false: not a duration, negative or over 100 years. */
bool units_parse_duration(const char *text, enum bare_unit bare, uint64_t *ns);

/* A rate is `count` events per `per_ns`: "50", "50/s" (1 s), "300/m", "10/500ms". count > 0. */
struct rate {
    uint64_t count;
    uint64_t per_ns;
};
bool units_parse_rate(const char *text, struct rate *rate);

bool units_parse_count(const char *text, uint64_t *count); /* "1500", "1_500", "10k", "2M": base 1000 */
bool units_parse_bytes(const char *text, uint64_t *bytes); /* "10MB", "1MiB", "64k" */

/* Three significant digits and the unit, no space: 840ns 8.40µs 840µs 8.40ms 84.0ms 840ms 8.40s 84.0s 840s.
 * `utf8` chooses µs or us. UINT64_MAX (no value) gives "-". At most 8 columns. */
char *units_format_ns(char *out, size_t size, uint64_t ns, bool utf8);
char *units_format_ms(char *out, size_t size, uint64_t ns);       /* milliseconds without a unit: "0" "0.09" "1.30" "31.8" "305" "1,024" */
char *units_format_count(char *out, size_t size, uint64_t count); /* 108,201 */
char *units_format_count_short(char *out, size_t size, uint64_t count, int columns); /* loses digits, never its unit: 108k 1.08M */
char *units_format_percent(
    char *out, size_t size, uint64_t part, uint64_t whole);     /* "0 %" "0.05 %" "9.99 %" "95.8 %" "99.96 %" "100 %"; of nothing: "-" */
char *units_format_ratio(char *out, size_t size, double ratio); /* 0.0273 -> "2.73 %" same style */
char *units_format_bytes(char *out, size_t size, double bytes); /* base 1000: "736 kB" "1.24 MB" */
char *units_format_rate(char *out, size_t size, double per_second);        /* "634" "11.2" "0.5" "1,058" */
char *units_format_rate_column(char *out, size_t size, double per_second); /* always one decimal: "8.1" "124.8" "1,058.0" */
char *units_format_clock(char *out, size_t size, uint64_t ns);             /* mm:ss, from an hour on h:mm:ss */
char *units_format_duration(char *out, size_t size, uint64_t ns);          /* Go style, as people write it: 30s 3m30s 1m0s */

/* Whether n samples carry quantile q (0 < q < 1): at least 10/(1-q) yes, at least 1/(1-q) approximately ("~"), else no ("-"). */
enum support { SUPPORT_NONE, SUPPORT_FEW, SUPPORT_FULL };
enum support units_support(uint64_t count, double q);

#endif
