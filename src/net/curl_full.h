/* Whole transfers by libcurl, for what our own transports do not do: digest, NTLM and negotiate, HTTPS proxies, HTTP/3. The same
 * exchanges, stamps, faults and counts as everywhere; libcurl follows no redirect, keeps no cookie and decodes nothing.
 * One CURLM per worker, made at the first use. A VU has connections of its own (a CURLSH each), at most 6 to an origin.
 * Owner: the loop's thread.
 *
 *   QUEUED --> RUNNING (libcurl has it) --> on_done, idle in its session
 *   6 running                                                              */
#ifndef ONAGER_CURL_FULL_H
#define ONAGER_CURL_FULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onager/error.h"

struct curl_full;
struct curl_request;
struct curl_session;
struct exchange;
struct net;
struct net_request;
struct net_session;
struct net_variation;
struct plan;
struct plan_request;

/* ---- curl_request.c: what of a request is the same for every transfer; immutable, shared by all workers ---- */

/* From the bytes that http1 would send. Returns owned. */
struct curl_request *curl_request_new(const struct net_request *request, const struct net_variation *variation);
void curl_request_free(struct curl_request *request);
/* Whether this libcurl can do what the request asks for; -1 and *err (EXIT_USAGE) when not. */
int curl_request_check(const struct plan_request *from, struct error *err);

/* ---- curl_full.c ---- */

/* What net_submit() and net_cancel() do, for an exchange whose request->curl is set. */
void curl_full_submit(struct net_session *session, struct exchange *exchange, bool fresh, uint64_t now_ns);
void curl_full_cancel(struct exchange *exchange, uint64_t now_ns);
/* As net_session_close_idle(). What libcurl keeps it does not say, so all or none: none while something is under way. */
void curl_full_close_idle(struct net_session *session);
/* A VU's connections are closed and forgotten; nothing of it is under way. NULL is fine, as below. */
void curl_full_leave(struct net_session *session);
void curl_full_free(struct curl_full *full);

#endif
