/* Fields of HTML forms: what a browser would send back without being asked, a CSRF token above all. Pure. */
#ifndef ONAGER_HTML_FIELD_H
#define ONAGER_HTML_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* A larger page is not looked into. */
#define HTML_FIELD_BODY_MAX (4U << 20)

bool html_field_is_available(void); /* this build has gumbo */

/* Appends the value of the first <input name=...> of the page, hidden ones before others, else the content of <meta name=...>.
 * false: there is none. */
bool html_field_find(const char *page, size_t length, const char *name, struct buf *out);

#endif
