/* Looks for a form field with gumbo, a parser of HTML5 that mends what browsers mend. Walks the tree without recursion. */
#include "html_field.h"

#include <string.h>
#include <strings.h>

#ifdef HAVE_GUMBO
#include <gumbo.h>

/* The parser frees its tree by recursion, and takes longer than linear for tags that are never closed: pages of more are not
 * looked into. */
#define TAGS_MAX 20000

/* How good a find is: the best one counts, of equal ones the first. */
enum rank { RANK_NONE, RANK_META, RANK_INPUT, RANK_HIDDEN };

struct search {
    const char *name;
    enum rank rank;
    const char *value; /* of the parser's tree */
};

bool html_field_is_available(void)
{
    return true;
}

static const char *attribute(const GumboElement *element, const char *name)
{
    const GumboAttribute *found = gumbo_get_attribute(&element->attributes, name);

    return found != NULL ? found->value : NULL;
}

static void take(struct search *search, enum rank rank, const char *value)
{
    if (rank <= search->rank)
        return;
    search->rank = rank;
    search->value = value != NULL ? value : "";
}

static void look_at(struct search *search, const GumboElement *element)
{
    const char *name = attribute(element, "name"), *type = attribute(element, "type");

    if (name == NULL || strcmp(name, search->name) != 0)
        return;
    if (element->tag == GUMBO_TAG_INPUT)
        take(search, type != NULL && strcasecmp(type, "hidden") == 0 ? RANK_HIDDEN : RANK_INPUT, attribute(element, "value"));
    else if (element->tag == GUMBO_TAG_META)
        take(search, RANK_META, attribute(element, "content"));
}

static const GumboVector *children_of(const GumboNode *node)
{
    if (node->type == GUMBO_NODE_DOCUMENT)
        return &node->v.document.children;
    return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE ? &node->v.element.children : NULL;
}

/* The node after this one in the order of the document; every node knows its parent and its place there. */
static const GumboNode *after(const GumboNode *node)
{
    const GumboVector *children = children_of(node);

    if (children != NULL && children->length > 0)
        return children->data[0];
    for (; node->parent != NULL; node = node->parent) {
        children = children_of(node->parent);
        if (children != NULL && node->index_within_parent + 1 < children->length)
            return children->data[node->index_within_parent + 1];
    }
    return NULL;
}

static bool has_too_many_tags(const char *page, size_t length)
{
    const char *at = page, *end = page + length;
    size_t count = 0;

    while (at < end && count <= TAGS_MAX && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        at++;
        count += at < end && *at != '/';
    }
    return count > TAGS_MAX;
}

bool html_field_find(const char *page, size_t length, const char *name, struct buf *out)
{
    struct search search = { .name = name };
    GumboOptions options = kGumboDefaultOptions;
    GumboOutput *parsed;

    if (length == 0 || length > HTML_FIELD_BODY_MAX || has_too_many_tags(page, length))
        return false;
    options.max_errors = 0;
    parsed = gumbo_parse_with_options(&options, page, length);
    for (const GumboNode *node = parsed->document; node != NULL && search.rank != RANK_HIDDEN; node = after(node))
        if (node->type == GUMBO_NODE_ELEMENT)
            look_at(&search, &node->v.element);
    if (search.rank != RANK_NONE)
        buf_add_text(out, search.value);
    gumbo_destroy_output(&options, parsed);
    return search.rank != RANK_NONE;
}

#else

bool html_field_is_available(void)
{
    return false;
}

bool html_field_find(const char *page, size_t length, const char *name, struct buf *out)
{
    return false;
}

#endif
