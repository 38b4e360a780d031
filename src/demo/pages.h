/* The HTML pages of the demo target: a few links, and a form with a hidden field. Static text. */
#ifndef ONAGER_PAGES_H
#define ONAGER_PAGES_H

const char *page_find(const char *path); /* NULL: no such page */

#endif
