/* The engine's public face: prepares a plan for running, starts and ends the control thread, makes clients. */
#include "onager/engine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <curl/curl.h>

#include "addresses.h"
#include "control.h"
#include "body_file.h"
#include "curl_full.h"
#include "mem.h"
#include "resolver.h"
#include "sources.h"

/* Files besides one per VU or shared connection: terminal, loops, timers, event descriptors, outputs, room for connects that are being
 * replaced. */
#define SPARE_FILES 60

static int check_files(const struct plan *plan, struct error *err)
{
    struct rlimit limit;
    uint64_t connections = plan_max_connections(plan);
    uint64_t need = connections + SPARE_FILES, most = 0;
    bool is_shared = plan->shared_connections > 0;
    char way_out[48] = "";

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || need <= limit.rlim_cur)
        return 0;
    if (limit.rlim_max == RLIM_INFINITY || need <= limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || need < limit.rlim_max ? need : limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
            return 0;
    }
    if (limit.rlim_max > SPARE_FILES)
        most = (uint64_t)(limit.rlim_max - SPARE_FILES) * (is_shared ? plan->shared_connections : 1) / (is_shared ? connections : 1);
    if (most > 0)
        snprintf(way_out, sizeof way_out, ", or %s %llu", is_shared ? "--connections" : "-c", (unsigned long long)most);
    return error_set(
        err, EXIT_USAGE, "%llu %s%s %llu files, the limit is %llu and cannot be raised:\nulimit -n %llu%s", (unsigned long long)connections,
        is_shared ? "shared connection" : "VU", connections == 1 ? " needs" : "s need", (unsigned long long)need,
        (unsigned long long)limit.rlim_max, (unsigned long long)(need + 63) / 64 * 64, way_out);
}

static struct origin *find_origin(struct engine *engine, const struct plan_request *request)
{
    for (size_t i = 0; i < engine->origin_count; i++) {
        struct origin *origin = &engine->origins[i];

        if (origin->port == request->port && strcmp(origin->host, request->host) == 0 && strcmp(origin->scheme, request->scheme) == 0)
            return origin;
    }
    return NULL;
}

/* A name that is to be looked up before the start: where the proxy does that, the proxy's alone. */
static int look_up(struct engine *engine, const struct origin *origin, struct error *err)
{
    if (origin->proxy_name != NULL && resolver_look_up(engine->resolver, origin->proxy_name, err) != 0) {
        error_prefix(err, "proxy ");
        return -1;
    }
    return resolver_look_up(engine->resolver, origin->name, err);
}

static int resolve_all(struct engine *engine, struct error *err)
{
    const struct plan *plan = engine->plan;

    engine->resolver = resolver_new(&plan->network);
    engine->origins = mem_array(plan->request_count, sizeof *engine->origins);
    engine->behind_proxy = mem_array(plan->request_count, sizeof *engine->behind_proxy);
    for (size_t i = 0; i < plan->request_count; i++) {
        const struct plan_request *request = &plan->requests[i];
        struct origin *origin = &engine->origins[engine->origin_count];

        if (find_origin(engine, request) != NULL)
            continue;
        engine->origin_count++;
        origin_name(origin, engine->resolver, &plan->network, request->scheme, request->host, request->port);
        if (look_up(engine, origin, err) != 0)
            return -1;
        if (origin->to_host != NULL)
            net_address_parse(&engine->behind_proxy[engine->origin_count - 1], origin->to_host, origin->to_port);
    }
    return 0;
}

static int prepare_network(struct engine *engine, struct error *err)
{
    if (resolve_all(engine, err) != 0)
        return -1;
    engine->sources = sources_new(&engine->plan->network, err);
    return engine->sources == NULL && engine->plan->network.source_count > 0 ? -1 : 0;
}

/* The file of request i, opened once for all that send it. */
static int find_file(struct engine *engine, size_t i, const struct body_file **file, struct error *err)
{
    const struct plan_request *request = &engine->plan->requests[i];

    *file = NULL;
    if (request->body_path == NULL)
        return 0;
    for (size_t k = 0; k < i; k++)
        if (engine->files[k] != NULL && strcmp(engine->plan->requests[k].body_path, request->body_path) == 0) {
            *file = engine->files[k];
            return 0;
        }
    *file = engine->files[i] = body_file_open(request->body_path, request->body_length, request->body_changed_ns, err);
    return *file != NULL ? 0 : -1;
}

static int build_requests(struct engine *engine, struct error *err)
{
    const struct plan *plan = engine->plan;

    engine->requests = mem_array(plan->request_count, sizeof *engine->requests);
    engine->files = mem_array(plan->request_count, sizeof *engine->files);
    for (size_t i = 0; i < plan->request_count; i++) {
        const struct plan_request *from = &plan->requests[i];
        struct net_variation variation = { .origin = find_origin(engine, from), .method = from->method, .target = from->target };

        if (find_file(engine, i, &variation.file, err) != 0 || curl_request_check(from, err) != 0)
            return -1;
        journeys_build_request(&engine->journeys, i, &engine->requests[i], &variation);
    }
    return 0;
}

static bool needs_journeys(const struct plan *plan)
{
    if (stage_is_wanted(plan, STAGE_SETUP) || stage_is_wanted(plan, STAGE_TEARDOWN))
        return true;
    for (size_t s = 0; s < plan->scenario_count; s++)
        for (size_t m = 0; m < plan->scenarios[s].mix_count; m++)
            if (journey_is_needed(plan, &plan->scenarios[s].mix[m]))
                return true;
    return false;
}

static void wake_control(void *engine)
{
    struct engine *e = engine;

    ev_async_send(e->loop, &e->wake);
}

struct engine *onager_engine_new(const struct plan *plan, struct error *err)
{
    struct engine *engine;

    if (check_files(plan, err) != 0)
        return NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(err, EXIT_USAGE, "libcurl cannot be initialised");
        return NULL;
    }
    engine = mem_alloc(sizeof *engine);
    engine->plan = plan;
    if (journeys_init(&engine->journeys, plan, err) != 0 || prepare_network(engine, err) != 0 || build_requests(engine, err) != 0) {
        onager_engine_free(engine);
        return NULL;
    }
    engine->means =
        (struct run_means){ plan, engine->requests, engine->resolver, engine->sources, needs_journeys(plan) ? &engine->journeys : NULL };
    engine->loop = ev_loop_new(EVFLAG_NOENV | EVBACKEND_EPOLL);
    if (engine->loop == NULL) {
        error_set(err, EXIT_USAGE, "no file descriptor left for the control loop: raise ulimit -n");
        onager_engine_free(engine);
        return NULL;
    }
    control_prepare(engine);
    return engine;
}

/* Where a proxy looks the host up, what it finds is not known here. */
static const struct net_address *addresses_of(const struct engine *engine, size_t origin, size_t *count)
{
    const struct origin *o = &engine->origins[origin];
    const struct address_list *list = net_name_list(o->name);

    if (o->name == o->proxy_name) {
        *count = 1;
        return &engine->behind_proxy[origin];
    }
    *count = list->count;
    return list->at;
}

bool onager_engine_address(const struct engine *engine, size_t index, struct engine_address *out)
{
    for (size_t i = 0; i < engine->origin_count; i++) {
        size_t count;
        const struct net_address *addresses = addresses_of(engine, i, &count);

        if (index >= count) {
            index -= count;
            continue;
        }
        out->host = engine->origins[i].host;
        out->port = engine->origins[i].port;
        out->address = (const struct sockaddr *)&addresses[index].address;
        return true;
    }
    return false;
}

int onager_engine_start(struct engine *engine, struct error *err)
{
    sigset_t all, before;
    int failed;

    if (resolver_start(engine->resolver, err) != 0)
        return -1;
    engine->run = run_new(&engine->means, ++engine->run_number, engine->loop, &engine->wake, err);
    if (engine->run == NULL)
        return -1;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&engine->thread, NULL, control_main, engine);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0)
        return error_set(err, EXIT_USAGE, "the control thread cannot be started: %s", strerror(failed));
    engine->is_running = true;
    return 0;
}

void onager_engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    if (engine->is_running) {
        atomic_store_explicit(&engine->is_quitting, true, memory_order_relaxed);
        wake_control(engine);
        pthread_join(engine->thread, NULL);
    }
    control_release(engine);
    if (engine->loop != NULL)
        ev_loop_destroy(engine->loop);
    for (size_t i = 0; engine->requests != NULL && i < engine->plan->request_count; i++)
        net_request_release(&engine->requests[i]);
    for (size_t i = 0; engine->files != NULL && i < engine->plan->request_count; i++)
        body_file_free(engine->files[i]);
    for (size_t i = 0; i < engine->origin_count; i++)
        origin_release(&engine->origins[i]);
    resolver_free(engine->resolver);
    sources_free(engine->sources);
    free(engine->requests);
    free(engine->files);
    journeys_release(&engine->journeys);
    free(engine->origins);
    free(engine->behind_proxy);
    free(engine);
    curl_global_cleanup();
}

struct client *onager_client_new(struct engine *engine, const char *name, unsigned slots)
{
    struct client *client = client_new(name, slots);

    client->wake = wake_control;
    client->wake_data = engine;
    client->next = atomic_load_explicit(&engine->arrivals, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&engine->arrivals, &client->next, client, memory_order_release, memory_order_relaxed))
        continue;
    return client;
}
