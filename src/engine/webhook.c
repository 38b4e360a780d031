/* Posts of JSON by libcurl, each on its own thread. Nothing is shared with it but what it was given, until it says that it ended. */
#include "webhook.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "mem.h"

#define TIMEOUT_S 5L

struct webhook {
    pthread_t thread;
    char *url, *body;
    char result[CURL_ERROR_SIZE];
    bool is_good;
    /* Set by the thread when result and is_good are written (release), read by the control thread (acquire). */
    atomic_bool has_ended;
    struct webhook *next;
};

static size_t ignore(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

static void *post(void *argument)
{
    struct webhook *webhook = argument;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURL *curl = curl_easy_init();
    long status = 0;

    if (curl == NULL) {
        snprintf(webhook->result, sizeof webhook->result, "no memory");
    } else {
        curl_easy_setopt(curl, CURLOPT_URL, webhook->url);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, webhook->body);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "onager/" PACKAGE_VERSION);
        if (curl_easy_perform(curl) != CURLE_OK) {
            curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
            snprintf(webhook->result, sizeof webhook->result, "no answer");
        } else {
            curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
            snprintf(webhook->result, sizeof webhook->result, "%ld", status);
        }
        curl_easy_cleanup(curl);
    }
    webhook->is_good = status > 0 && status < 400;
    curl_slist_free_all(headers);
    atomic_store_explicit(&webhook->has_ended, true, memory_order_release);
    return NULL;
}

void webhook_post(struct webhooks *webhooks, const char *url, const char *body)
{
    struct webhook *webhook = mem_alloc(sizeof *webhook);
    sigset_t all, before;
    int failed;

    webhook->url = mem_copy(url);
    webhook->body = mem_copy(body);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&webhook->thread, NULL, post, webhook);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    INVARIANT(failed == 0);
    webhook->next = webhooks->first;
    webhooks->first = webhook;
}

static void forget(struct webhook *webhook)
{
    pthread_join(webhook->thread, NULL);
    free(webhook->url);
    free(webhook->body);
    free(webhook);
}

bool webhook_ended(struct webhooks *webhooks, bool *is_good, char *text, size_t size)
{
    for (struct webhook **at = &webhooks->first; *at != NULL; at = &(*at)->next) {
        struct webhook *webhook = *at;

        if (!atomic_load_explicit(&webhook->has_ended, memory_order_acquire))
            continue;
        *at = webhook->next;
        *is_good = webhook->is_good;
        snprintf(text, size, "%s", webhook->result);
        forget(webhook);
        return true;
    }
    return false;
}

void webhooks_release(struct webhooks *webhooks)
{
    while (webhooks->first != NULL) {
        struct webhook *webhook = webhooks->first;

        webhooks->first = webhook->next;
        forget(webhook);
    }
}
