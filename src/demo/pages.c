/* Pages a browser or a form filler can walk through. */
#include "pages.h"

#include <stddef.h>
#include <string.h>

#define PAGE(title, content)                                                                                                               \
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" title "</title></head>\n<body><h1>" title "</h1>\n" content \
    "<p><a href=\"/shop\">Shop</a> <a href=\"/signup\">Sign up</a> <a href=\"/api/users\">Users as JSON</a></p>\n</body></html>\n"

static const struct {
    const char *path, *text;
} pages[] = {
    { "/shop", PAGE("Shop", "<ul><li><a href=\"/shop/tea\">Tea</a></li><li><a href=\"/shop/bread\">Bread</a></li></ul>\n") },
    { "/shop/tea", PAGE("Tea", "<p>Green or black, 100 g.</p>\n") },
    { "/shop/bread", PAGE("Bread", "<p>Rye, 1 kg, of this morning.</p>\n") },
    { "/signup", PAGE(
                     "Sign up", "<form method=\"post\" action=\"/signup\">\n"
                                "<input type=\"hidden\" name=\"token\" value=\"8c1f5e\">\n"
                                "<label>Name <input name=\"name\" required></label>\n"
                                "<label>Email <input name=\"email\" type=\"email\"></label>\n"
                                "<label><input type=\"checkbox\" name=\"news\" value=\"yes\"> News by mail</label>\n"
                                "<button>Send</button>\n</form>\n") },
    { "/welcome", PAGE("Welcome", "<p>You are signed up.</p>\n") },
};

const char *page_find(const char *path)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].path, path) == 0)
            return pages[i].text;
    return NULL;
}
