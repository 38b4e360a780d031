/* The resolver: its own thread looks names up and publishes what it found; names are made by whoever needs one first.
 *
 * Questions come by a stack that any thread pushes (release) and the resolver takes whole (acquire), and a wake-up. What people
 * should know leaves by a ring to the control thread. */
#include "resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "mem.h"
#include "ring.h"

/* How often a name server that says "try again" is asked. Each try takes what resolv.conf says, by default 5 s. */
#define MAX_TRIES 2
/* A name that was not found is not looked up again before. */
#define FAILED_NS NS_PER_S
#define NOTES 64

struct question {
    struct net_name *name;
    struct resolver_waiter *waiter;
    struct question *next;
};

struct resolver {
    enum address_policy policy;
    uint64_t refresh_ns;
    _Atomic(struct net_name *) names; /* pushed by any thread with release, never taken */
    _Atomic(struct question *) questions;
    atomic_bool is_quitting, is_started;
    atomic_uint holders; /* the owner and the thread: the last one frees */
    int wake_fd;
    struct ring *notes;
    pthread_t thread;
};

/* ---- looking up ---- */

const char *resolver_error(int code)
{
    switch (code) {
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return "no such host";
    case EAI_AGAIN:
        return "the name server does not answer";
    default:
        return gai_strerror(code);
    }
}

/* Blocks. NULL and *code where there is no address; 0: the name is known, but not by what is wanted. */
static struct address_list *look_up(const struct net_name *name, enum address_policy policy, int *code)
{
    const struct addrinfo hints = { .ai_family = policy == POLICY_ONLY_IPV4   ? AF_INET
                                                 : policy == POLICY_ONLY_IPV6 ? AF_INET6
                                                                              : AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG };
    struct addrinfo *info = NULL;
    struct address_list *list;
    char service[8];

    snprintf(service, sizeof service, "%u", name->port);
    *code = EAI_AGAIN;
    for (int i = 0; i < MAX_TRIES && *code == EAI_AGAIN; i++)
        *code = getaddrinfo(name->host, service, &hints, &info);
    if (*code != 0 && strcasecmp(name->host, "localhost") == 0) /* RFC 6761: loopback, also where no file of hosts says so */
        *code = getaddrinfo(policy == POLICY_ONLY_IPV6 ? "::1" : "127.0.0.1", service, &hints, &info);
    if (*code != 0)
        return NULL;
    list = address_list_from(info, policy);
    freeaddrinfo(info);
    return list;
}

int resolver_look_up(struct resolver *resolver, struct net_name *name, struct error *err)
{
    struct address_list *list;
    int code;

    if (net_name_list(name) != NULL)
        return 0;
    list = look_up(name, resolver->policy, &code);
    if (list == NULL) {
        const char *wanted = resolver->policy == POLICY_ONLY_IPV4 ? "IPv4" : resolver->policy == POLICY_ONLY_IPV6 ? "IPv6" : "IPv4 or IPv6";

        if (code != 0)
            return error_set(err, EXIT_USAGE, "%s: %s", name->host, code == EAI_SYSTEM ? strerrordesc_np(errno) : resolver_error(code));
        return error_set(err, EXIT_USAGE, "%s: the name has no %s address", name->host, wanted);
    }
    name->looked_up_ns = clock_now_ns();
    net_name_publish(name, list);
    return 0;
}

/* ---- names ---- */

struct net_name *resolver_names(struct resolver *resolver)
{
    return atomic_load_explicit(&resolver->names, memory_order_acquire);
}

static struct net_name *find_name(struct net_name *from, const char *host, uint16_t port)
{
    while (from != NULL && (from->port != port || strcasecmp(from->host, host) != 0))
        from = from->next;
    return from;
}

/* What another port of the same host says. */
static struct address_list *copy_other_port(const struct resolver *resolver, struct net_name *from, const struct net_name *name)
{
    for (; from != NULL; from = from->next) {
        const struct address_list *list = net_name_list(from);
        struct net_address all[ADDRESSES_MAX];

        if (from->is_fixed || list == NULL || strcasecmp(from->host, name->host) != 0)
            continue;
        for (size_t i = 0; i < list->count; i++) {
            all[i] = list->at[i];
            ((struct sockaddr_in *)&all[i].address)->sin_port = htons(name->port); /* the same place in both families */
        }
        return address_list_new(all, list->count, resolver->policy);
    }
    return NULL;
}

/* Takes name. The one that is in the list in the end. */
static struct net_name *push_name(struct resolver *resolver, struct net_name *name)
{
    name->next = resolver_names(resolver);
    do {
        struct net_name *other = find_name(name->next, name->host, name->port);

        if (other != NULL) {
            net_name_free(name);
            return other;
        }
    } while (!atomic_compare_exchange_weak_explicit(&resolver->names, &name->next, name, memory_order_acq_rel, memory_order_acquire));
    return name;
}

struct net_name *resolver_fixed_name(struct resolver *resolver, const char *host, uint16_t port, struct address_list *list)
{
    struct net_name *name = net_name_new(host, port);

    name->is_fixed = true;
    net_name_publish(name, list);
    return push_name(resolver, name);
}

struct net_name *resolver_name(struct resolver *resolver, const char *host, uint16_t port)
{
    struct net_name *all = resolver_names(resolver), *name = find_name(all, host, port);
    struct net_address address;
    struct address_list *list;

    if (name != NULL)
        return name;
    /* also against the policy: it chooses among what a name has */
    if (net_address_parse(&address, host, port))
        return resolver_fixed_name(resolver, host, port, address_list_new(&address, 1, POLICY_ANY));
    name = net_name_new(host, port);
    list = copy_other_port(resolver, all, name);
    if (list != NULL) {
        name->looked_up_ns = clock_now_ns();
        net_name_publish(name, list);
    }
    return push_name(resolver, name);
}

/* ---- the thread ---- */

static void __attribute__((format(printf, 3, 4))) note(struct resolver *resolver, bool is_warning, const char *format, ...)
{
    struct resolver_note *note = mem_alloc(sizeof *note);
    va_list args;

    note->is_warning = is_warning;
    va_start(args, format);
    vsnprintf(note->text, sizeof note->text, format, args);
    va_end(args);
    if (!ring_put(resolver->notes, note))
        free(note); /* 63 wait already */
}

bool resolver_take_note(struct resolver *resolver, struct resolver_note *out)
{
    struct resolver_note *waiting = ring_get(resolver->notes);

    if (waiting == NULL)
        return false;
    *out = *waiting;
    free(waiting);
    return true;
}

static void tell_change(struct resolver *resolver, const struct net_name *name, const struct address_list *list)
{
    char shown[NET_ADDRESS_SHOWN_SIZE], text[120];
    int used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < list->count && (size_t)used < sizeof text; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%s", i > 0 ? ", " : "", net_address_show(shown, &list->at[i]));
    note(resolver, false, "%.60s is now %s", name->host, text);
}

static void refresh(struct resolver *resolver, struct net_name *name)
{
    struct address_list *old = net_name_list(name), *list;
    int code;

    list = look_up(name, resolver->policy, &code);
    name->looked_up_ns = clock_now_ns();
    if (list == NULL && code == 0)
        code = EAI_NODATA;
    if (list == NULL && old != NULL && atomic_load_explicit(&name->error, memory_order_relaxed) == 0)
        note(resolver, true, "%.60s cannot be looked up again (%s): going on with the addresses it had", name->host, resolver_error(code));
    if (list != NULL && old != NULL && address_list_equal(list, old)) {
        address_list_free(list);
    } else if (list != NULL) {
        net_name_publish(name, list);
        if (old != NULL)
            tell_change(resolver, name, list);
    }
    atomic_store_explicit(&name->error, code, memory_order_relaxed);
    atomic_fetch_add_explicit(&name->look_ups, 1, memory_order_release);
}

/* CLOCK_MONOTONIC at which the name is to be looked up again. */
static uint64_t due_of(const struct resolver *resolver, struct net_name *name)
{
    if (resolver->refresh_ns == 0 || name->is_fixed || net_name_list(name) == NULL)
        return UINT64_MAX;
    return name->looked_up_ns + resolver->refresh_ns;
}

static bool is_quitting(struct resolver *resolver)
{
    return atomic_load_explicit(&resolver->is_quitting, memory_order_acquire);
}

static void answer(struct resolver *resolver, struct question *question)
{
    struct net_name *name = question->name;
    uint64_t one = 1;

    if (net_name_list(name) == NULL && !is_quitting(resolver)) {
        if (name->looked_up_ns == 0 || clock_now_ns() - name->looked_up_ns >= FAILED_NS)
            refresh(resolver, name);
        else
            atomic_fetch_add_explicit(&name->look_ups, 1, memory_order_release);
    }
    while (write(question->waiter->event_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    resolver_waiter_leave(question->waiter);
    free(question);
}

static void answer_all(struct resolver *resolver)
{
    struct question *next, *all = atomic_exchange_explicit(&resolver->questions, NULL, memory_order_acquire);

    for (; all != NULL; all = next) {
        next = all->next;
        answer(resolver, all);
    }
}

/* Looks up what is due; when something will be again. */
static uint64_t refresh_due(struct resolver *resolver)
{
    uint64_t earliest = UINT64_MAX;

    for (struct net_name *name = resolver_names(resolver); name != NULL && !is_quitting(resolver); name = name->next) {
        uint64_t due_ns = due_of(resolver, name);

        if (due_ns <= clock_now_ns()) {
            refresh(resolver, name);
            due_ns = due_of(resolver, name);
        }
        earliest = due_ns < earliest ? due_ns : earliest;
    }
    return earliest;
}

static void wait_until(struct resolver *resolver, uint64_t due_ns)
{
    struct pollfd wake = { .fd = resolver->wake_fd, .events = POLLIN };
    uint64_t now_ns = clock_now_ns(), left_ns = due_ns > now_ns ? due_ns - now_ns : 0, count;
    struct timespec left = { .tv_sec = (time_t)(left_ns / NS_PER_S), .tv_nsec = (long)(left_ns % NS_PER_S) };

    if (ppoll(&wake, 1, due_ns == UINT64_MAX ? NULL : &left, NULL) > 0)
        while (read(resolver->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
            continue;
}

static void leave(struct resolver *resolver)
{
    struct net_name *name;
    void *waiting;

    if (atomic_fetch_sub_explicit(&resolver->holders, 1, memory_order_acq_rel) > 1)
        return;
    atomic_store_explicit(&resolver->is_quitting, true, memory_order_relaxed);
    answer_all(resolver);
    while ((name = resolver_names(resolver)) != NULL) {
        atomic_store_explicit(&resolver->names, name->next, memory_order_relaxed);
        net_name_free(name);
    }
    while ((waiting = ring_get(resolver->notes)) != NULL)
        free(waiting);
    ring_free(resolver->notes);
    close(resolver->wake_fd);
    free(resolver);
}

static void *thread_main(void *argument)
{
    struct resolver *resolver = argument;

    while (!is_quitting(resolver)) {
        answer_all(resolver);
        wait_until(resolver, refresh_due(resolver));
    }
    leave(resolver);
    return NULL;
}

/* ---- life ---- */

struct resolver *resolver_new(const struct plan_network *network)
{
    struct resolver *resolver = mem_alloc(sizeof *resolver);

    if (network != NULL) {
        resolver->policy = network->policy;
        resolver->refresh_ns = network->refresh_ns;
    }
    resolver->holders = 1;
    resolver->wake_fd = eventfd(0, EFD_CLOEXEC);
    INVARIANT(resolver->wake_fd >= 0);
    resolver->notes = ring_new(NOTES);
    return resolver;
}

int resolver_start(struct resolver *resolver, struct error *err)
{
    sigset_t all, before;
    int failed;

    if (atomic_exchange(&resolver->is_started, true))
        return 0;
    atomic_fetch_add_explicit(&resolver->holders, 1, memory_order_relaxed);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&resolver->thread, NULL, thread_main, resolver);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed == 0)
        return 0;
    atomic_fetch_sub_explicit(&resolver->holders, 1, memory_order_relaxed);
    atomic_store(&resolver->is_started, false);
    return error_set(err, EXIT_USAGE, "the resolver thread cannot be started: %s", strerrordesc_np(failed));
}

static void wake(struct resolver *resolver)
{
    uint64_t one = 1;

    while (write(resolver->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

void resolver_free(struct resolver *resolver)
{
    struct timespec limit;

    if (resolver == NULL)
        return;
    atomic_store_explicit(&resolver->is_quitting, true, memory_order_release);
    if (atomic_load(&resolver->is_started)) {
        pthread_t thread = resolver->thread;

        wake(resolver);
        clock_gettime(CLOCK_REALTIME, &limit);
        limit.tv_nsec += 50000000;
        limit.tv_sec += limit.tv_nsec / 1000000000;
        limit.tv_nsec %= 1000000000;
        if (pthread_timedjoin_np(thread, NULL, &limit) != 0)
            pthread_detach(thread); /* a name server keeps it; it frees what it holds when that has answered */
    }
    leave(resolver);
}

/* ---- workers ---- */

struct resolver_waiter *resolver_waiter_new(void)
{
    struct resolver_waiter *waiter;
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    if (fd < 0)
        return NULL;
    waiter = mem_alloc(sizeof *waiter);
    waiter->event_fd = fd;
    waiter->holders = 1;
    return waiter;
}

void resolver_waiter_leave(struct resolver_waiter *waiter)
{
    if (waiter == NULL || atomic_fetch_sub_explicit(&waiter->holders, 1, memory_order_acq_rel) > 1)
        return;
    close(waiter->event_fd);
    free(waiter);
}

void resolver_ask(struct resolver *resolver, struct net_name *name, struct resolver_waiter *waiter)
{
    struct question *question = mem_alloc(sizeof *question);
    struct error ignored;

    question->name = name;
    question->waiter = waiter;
    atomic_fetch_add_explicit(&waiter->holders, 1, memory_order_relaxed);
    question->next = atomic_load_explicit(&resolver->questions, memory_order_relaxed);
    while (
        !atomic_compare_exchange_weak_explicit(&resolver->questions, &question->next, question, memory_order_release, memory_order_relaxed))
        continue;
    (void)resolver_start(resolver, &ignored); /* without a thread the request's timeout tells */
    wake(resolver);
}
