/* Routes and bodies of the demo target. JSON by jansson. The target's thread. */
#include "target_answer.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mem.h"
#include "pages.h"
#include "shop.h"

#define USERS_PATH "/api/users"
#define LIST_LIMIT 20
#define FORM_TOKEN "token=8c1f5e"

static bool method_is(const char *method, const char *which)
{
    return strcmp(method, which) == 0 || (strcmp(which, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static bool is_user_path(const char *path)
{
    return strncmp(path, USERS_PATH "/", sizeof USERS_PATH) == 0;
}

static enum target_endpoint route_users(const char *method, const char *path)
{
    if (is_user_path(path)) {
        if (method_is(method, "GET"))
            return ENDPOINT_READ;
        if (method_is(method, "PUT"))
            return ENDPOINT_UPDATE;
        return method_is(method, "DELETE") ? ENDPOINT_REMOVE : ENDPOINT_OTHER;
    }
    if (method_is(method, "GET"))
        return ENDPOINT_LIST;
    return method_is(method, "POST") ? ENDPOINT_CREATE : ENDPOINT_OTHER;
}

enum target_endpoint target_route(const char *method, const char *path)
{
    bool is_get = method_is(method, "GET");

    if (strcmp(path, USERS_PATH) == 0 || is_user_path(path))
        return route_users(method, path);
    if (shop_route(method, path) != ENDPOINT_OTHER)
        return shop_route(method, path);
    if (strcmp(path, "/api/echo") == 0)
        return method_is(method, "POST") ? ENDPOINT_ECHO : ENDPOINT_OTHER;
    if (strcmp(path, "/signup") == 0 && method_is(method, "POST"))
        return ENDPOINT_FORM;
    if (!is_get)
        return ENDPOINT_OTHER;
    if (strcmp(path, "/") == 0)
        return ENDPOINT_ROOT;
    if (strcmp(path, "/health") == 0)
        return ENDPOINT_HEALTH;
    if (strcmp(path, "/api/stats") == 0)
        return ENDPOINT_STATS;
    return page_find(path) != NULL ? ENDPOINT_PAGE : ENDPOINT_OTHER;
}

/* Takes json. */
static void answer_json(struct target_answer *answer, unsigned status, json_t *json)
{
    INVARIANT(json != NULL);
    answer->status = status;
    answer->body = json_dumps(json, JSON_COMPACT);
    INVARIANT(answer->body != NULL);
    answer->content_type = "application/json";
    json_decref(json);
}

static void answer_error(struct target_answer *answer, unsigned status, const char *text)
{
    answer_json(answer, status, json_pack("{s:s}", "error", text));
}

static json_t *timestamp_json(uint64_t wall_ns)
{
    char text[40];
    time_t seconds = (time_t)(wall_ns / NS_PER_S);
    struct tm when;

    gmtime_r(&seconds, &when);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &when);
    return json_string(text);
}

static json_t *user_json(const struct user *user)
{
    return json_pack(
        "{s:I,s:s,s:s,s:s}", "id", (json_int_t)user->id, "name", user->name, "email", user->email, "created_at", user->created_at);
}

static void answer_list(struct target_answer *answer, const struct target_request *request, const struct users *users)
{
    uint64_t limit = request->limit > 0 && request->limit < USERS_MAX ? request->limit : LIST_LIMIT;
    uint64_t page = request->page > 0 && request->page < USERS_MAX ? request->page : 1;
    json_t *list = json_array();

    for (uint64_t i = (page - 1) * limit; i < page * limit && i < users->count; i++)
        json_array_append_new(list, user_json(&users->list[i]));
    answer_json(answer, 200, json_pack("{s:o,s:I}", "users", list, "total", (json_int_t)users->count));
}

/* name and email of a JSON object; both NULL when they are not strings. Returns owned, or NULL for bad JSON. */
static json_t *user_input(const struct target_request *request, const char **name, const char **email)
{
    json_t *json = json_loadb(request->body, request->body_length, JSON_REJECT_DUPLICATES, NULL);

    *name = *email = NULL;
    if (json == NULL)
        return NULL;
    if (!json_is_object(json)) {
        json_decref(json);
        return NULL;
    }
    *name = json_string_value(json_object_get(json, "name"));
    *email = json_string_value(json_object_get(json, "email"));
    return json;
}

static void answer_create(struct target_answer *answer, const struct target_request *request, struct users *users)
{
    const char *name, *email;
    json_t *input = user_input(request, &name, &email);

    if (input == NULL) {
        answer_error(answer, 400, "the body is not a JSON object");
        return;
    }
    answer_json(answer, 201, user_json(users_add(users, name, email, request->wall_ns)));
    json_decref(input);
}

/* The number behind /api/users/; 0 when it is none. */
static uint64_t user_id(const char *path)
{
    const char *text = path + sizeof USERS_PATH;
    char *end;
    unsigned long long id;

    if (*text < '0' || *text > '9')
        return 0;
    id = strtoull(text, &end, 10);
    return *end == '\0' ? id : 0;
}

static void answer_user(struct target_answer *answer, const struct target_request *request, struct users *users)
{
    uint64_t id = user_id(request->path);
    const struct user *user = NULL;
    const char *name, *email;
    json_t *input = NULL;

    if (id == 0) {
        answer_error(answer, 400, "the id is not a number");
        return;
    }
    if (request->endpoint == ENDPOINT_UPDATE) {
        input = user_input(request, &name, &email);
        if (input == NULL) {
            answer_error(answer, 400, "the body is not a JSON object");
            return;
        }
        user = users_change(users, id, name, email);
        json_decref(input);
    } else {
        user = users_find(users, id);
    }
    if (user == NULL) {
        answer_error(answer, 404, "no such user");
    } else if (request->endpoint == ENDPOINT_REMOVE) {
        users_remove(users, id);
        answer->status = 204;
        answer->body = mem_copy("");
    } else {
        answer_json(answer, 200, user_json(user));
    }
}

static void answer_echo(struct target_answer *answer, const struct target_request *request)
{
    json_t *headers = json_object();
    json_t *body = json_stringn(request->body, request->body_length);
    json_t *json;

    for (size_t i = 0; i < request->header_count; i++)
        json_object_set_new(headers, request->headers[i].name, json_string(request->headers[i].value));
    if (body == NULL) /* not UTF-8 */
        body = json_null();
    json = json_pack(
        "{s:s,s:s,s:o,s:o,s:o,s:I}", "method", request->method, "path", request->path, "headers", headers, "body", body, "timestamp",
        timestamp_json(request->wall_ns), "request_id", (json_int_t)request->id);
    if (json == NULL) /* a path that is not UTF-8 */
        answer_error(answer, 400, "the request is not UTF-8");
    else
        answer_json(answer, 200, json);
}

static void answer_form(struct target_answer *answer, const struct target_request *request, struct users *users)
{
    if (strstr(request->body, FORM_TOKEN) == NULL) {
        answer_error(answer, 400, "the hidden field token is missing");
        return;
    }
    users_add(users, NULL, NULL, request->wall_ns);
    answer->status = 303;
    answer->location = "/welcome";
    answer->body = mem_copy("");
}

static void answer_other(struct target_answer *answer, const struct target_request *request)
{
    const char *path = request->path;

    if (strcmp(path, USERS_PATH) == 0)
        answer->allow = "GET, HEAD, POST";
    else if (is_user_path(path))
        answer->allow = "GET, HEAD, PUT, DELETE";
    else if (strcmp(path, "/api/echo") == 0)
        answer->allow = "POST";
    else if (strcmp(path, "/") == 0 || strcmp(path, "/health") == 0 || strcmp(path, "/api/stats") == 0 || page_find(path) != NULL)
        answer->allow = "GET, HEAD";
    if (answer->allow != NULL)
        answer_error(answer, 405, "this method is not served here");
    else
        answer_error(answer, 404, "nothing is served here");
}

void target_answer_fill(struct target_answer *answer, const struct target_request *request, struct users *users)
{
    *answer = (struct target_answer){ .content_type = "text/html; charset=utf-8" };
    if (request->body_length > TARGET_BODY_MAX) {
        answer_error(answer, 413, "the body is over 1 MiB");
        return;
    }
    switch (request->endpoint) {
    case ENDPOINT_ROOT:
        answer_json(answer, 200, json_pack("{s:s,s:s,s:s}", "service", "onager demo", "version", "1.0.1", "status", "running"));
        break;
    case ENDPOINT_HEALTH:
        answer_json(
            answer, 200,
            json_pack(
                "{s:s,s:o,s:f}", "status", "healthy", "timestamp", timestamp_json(request->wall_ns), "uptime",
                (double)request->uptime_ns / 1e9));
        break;
    case ENDPOINT_LIST:
        answer_list(answer, request, users);
        break;
    case ENDPOINT_CREATE:
        answer_create(answer, request, users);
        break;
    case ENDPOINT_READ:
    case ENDPOINT_UPDATE:
    case ENDPOINT_REMOVE:
        answer_user(answer, request, users);
        break;
    case ENDPOINT_ECHO:
        answer_echo(answer, request);
        break;
    case ENDPOINT_PAGE:
        answer->status = 200;
        answer->body = mem_copy(page_find(request->path));
        break;
    case ENDPOINT_FORM:
        answer_form(answer, request, users);
        break;
    default:
        answer_other(answer, request);
        break;
    }
}

void target_answer_fault(struct target_answer *answer, enum target_fault fault, uint64_t delay_ns)
{
    unsigned status = target_fault_status(fault);

    *answer = (struct target_answer){ 0 };
    if (status == 500)
        answer_json(
            answer, 500, json_pack("{s:s,s:s,s:f}", "status", "error", "error", "simulated failure", "delay", (double)delay_ns / 1e9));
    else
        answer_error(answer, status, status == 503 ? "connection pool exhausted" : "simulated bad request");
}

void target_answer_release(struct target_answer *answer)
{
    free(answer->body);
    free(answer->cookie);
    answer->body = answer->cookie = NULL;
}
