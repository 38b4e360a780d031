/* The shop: a ring of visits, of which the oldest is forgotten. A user NAME has the password pw-NAME. */
#include "shop.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

#define VISITS 65536u
#define COOKIE "visit="
#define ITEMS 5

struct visit {
    uint64_t id; /* 0: free */
    uint64_t csrf;
    char user[48]; /* "" until the login */
    char chosen[16];
    unsigned items;
};

struct shop {
    struct random random;
    struct visit *visits;
    uint64_t begun, orders;
};

static const char *const item_ids[ITEMS] = { "tea-1", "tea-2", "rye-1", "jam-7", "oil-3" };

struct shop *shop_new(uint64_t seed)
{
    struct shop *shop = mem_alloc(sizeof *shop);

    random_init(&shop->random, seed, 77);
    shop->visits = mem_array(VISITS, sizeof *shop->visits);
    return shop;
}

void shop_free(struct shop *shop)
{
    if (shop == NULL)
        return;
    free(shop->visits);
    free(shop);
}

enum target_endpoint shop_route(const char *method, const char *path)
{
    bool is_post = strcmp(method, "POST") == 0, is_get = strcmp(method, "GET") == 0;

    if (strcmp(path, "/account/login") == 0)
        return is_get ? ENDPOINT_VISIT : is_post ? ENDPOINT_LOGIN : ENDPOINT_OTHER;
    if (strcmp(path, "/account/items") == 0)
        return is_get ? ENDPOINT_ITEMS : ENDPOINT_OTHER;
    if (strcmp(path, "/account/cart") == 0)
        return is_post ? ENDPOINT_CART : ENDPOINT_OTHER;
    return strcmp(path, "/account/pay") == 0 && is_post ? ENDPOINT_PAY : ENDPOINT_OTHER;
}

/* ---- answers ---- */

static void answer_json(struct target_answer *answer, unsigned status, json_t *json)
{
    INVARIANT(json != NULL);
    answer->status = status;
    answer->body = json_dumps(json, JSON_COMPACT);
    answer->content_type = "application/json";
    json_decref(json);
}

static void refuse(struct target_answer *answer, unsigned status, const char *why)
{
    answer_json(answer, status, json_pack("{s:s}", "error", why));
}

static struct visit *find_visit(struct shop *shop, const char *cookie)
{
    const char *at = strstr(cookie, COOKIE);
    uint64_t id = at != NULL ? strtoull(at + strlen(COOKIE), NULL, 16) : 0;
    struct visit *visit = &shop->visits[id % VISITS];

    return id != 0 && visit->id == id ? visit : NULL;
}

static void begin_visit(struct shop *shop, struct target_answer *answer)
{
    /* the place in the ring is part of the number, the rest cannot be guessed */
    uint64_t place = ++shop->begun % VISITS;
    uint64_t id = (random_next(&shop->random) & ~(uint64_t)(VISITS - 1)) | UINT64_C(1) << 62 | place;
    struct visit *visit = &shop->visits[place];

    *visit = (struct visit){ .id = id, .csrf = random_next(&shop->random) };
    answer->status = 200;
    answer->body = mem_format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Log in</title></head>\n<body><h1>Log in</h1>\n"
        "<form method=\"post\" action=\"/account/login\">\n<input type=\"hidden\" name=\"csrf\" value=\"%016llx\">\n"
        "<label>Name <input name=\"user\"></label>\n<label>Password <input name=\"pass\" type=\"password\"></label>\n"
        "<button>Log in</button>\n</form>\n</body></html>\n",
        (unsigned long long)visit->csrf);
    answer->cookie = mem_format(COOKIE "%llx; Path=/account; HttpOnly", (unsigned long long)visit->id);
}

/* The plain value of a field of a form; names of users need no decoding. */
static void form_value(const char *form, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);

    out[0] = '\0';
    for (const char *at = form; at != NULL; at = strchr(at, '&')) {
        at += *at == '&';
        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            snprintf(out, size, "%.*s", (int)strcspn(at + length + 1, "&"), at + length + 1);
            return;
        }
    }
}

static void log_in(struct visit *visit, struct target_answer *answer, const char *form)
{
    char user[40], pass[48], csrf[24], wanted[48];

    form_value(form, "user", user, sizeof user);
    form_value(form, "pass", pass, sizeof pass);
    form_value(form, "csrf", csrf, sizeof csrf);
    snprintf(wanted, sizeof wanted, "%016llx", (unsigned long long)visit->csrf);
    if (strcmp(csrf, wanted) != 0) {
        refuse(answer, 403, "the token of the form is not that of this visit");
        return;
    }
    snprintf(wanted, sizeof wanted, "pw-%s", user);
    if (user[0] == '\0' || strcmp(pass, wanted) != 0) {
        refuse(answer, 401, "no such user, or another password");
        return;
    }
    snprintf(visit->user, sizeof visit->user, "%s", user);
    answer_json(answer, 200, json_pack("{s:s,s:s}", "user", user, "token", csrf));
}

static void list_items(struct visit *visit, struct target_answer *answer)
{
    json_t *items = json_array();

    for (int i = 0; i < ITEMS; i++)
        json_array_append_new(items, json_pack("{s:s,s:f}", "id", item_ids[i], "price", 1.25 * (i + 1)));
    answer_json(answer, 200, json_pack("{s:s,s:o}", "user", visit->user, "items", items));
}

static void add_item(struct visit *visit, struct target_answer *answer, const char *body)
{
    json_t *json = json_loads(body, 0, NULL);
    const char *id = json_string_value(json_object_get(json, "id"));
    bool is_known = false;

    for (int i = 0; id != NULL && i < ITEMS; i++)
        is_known |= strcmp(id, item_ids[i]) == 0;
    if (is_known) {
        snprintf(visit->chosen, sizeof visit->chosen, "%s", id);
        visit->items++;
        answer_json(answer, 201, json_pack("{s:s,s:i}", "id", id, "items", (int)visit->items));
    } else {
        refuse(answer, 422, "the body is no {\"id\": ...} of an item on the list");
    }
    json_decref(json);
}

static void pay(struct shop *shop, struct visit *visit, struct target_answer *answer, const char *body)
{
    json_t *json = json_loads(body, 0, NULL);
    const char *token = json_string_value(json_object_get(json, "token")), *user = json_string_value(json_object_get(json, "user"));
    char wanted[24];

    snprintf(wanted, sizeof wanted, "%016llx", (unsigned long long)visit->csrf);
    if (visit->items == 0 || token == NULL || strcmp(token, wanted) != 0 || user == NULL || strcmp(user, visit->user) != 0)
        refuse(answer, 409, "an empty cart, or a token or user that is not of this visit");
    else
        answer_json(
            answer, 201, json_pack("{s:I,s:s,s:i}", "order", (json_int_t)++shop->orders, "user", visit->user, "items", (int)visit->items));
    visit->items = 0;
    json_decref(json);
}

void shop_answer(struct shop *shop, struct target_answer *answer, const struct target_request *request, const char *cookie)
{
    struct visit *visit = find_visit(shop, cookie);

    *answer = (struct target_answer){ .content_type = "text/html; charset=utf-8" };
    if (request->endpoint == ENDPOINT_VISIT)
        begin_visit(shop, answer);
    else if (visit == NULL)
        refuse(answer, 401, "no cookie of a visit: GET /account/login first");
    else if (request->endpoint == ENDPOINT_LOGIN)
        log_in(visit, answer, request->body);
    else if (visit->user[0] == '\0')
        refuse(answer, 401, "not logged in");
    else if (request->endpoint == ENDPOINT_ITEMS)
        list_items(visit, answer);
    else if (request->endpoint == ENDPOINT_CART)
        add_item(visit, answer, request->body);
    else
        pay(shop, visit, answer, request->body);
}
