/* Shared by the files of the curl transport (curl_full*.c, curl_request.c). Owner: the loop's thread. */
#ifndef ONAGER_CURL_FULL_INTERNAL_H
#define ONAGER_CURL_FULL_INTERNAL_H

#include <curl/curl.h>
#include <ev.h>

#include "addresses.h"
#include "buf.h"
#include "connection.h"
#include "curl_full.h"
#include "wheel.h"

struct curl_request {
    uint64_t serial; /* unlike that of any other, so that a handle knows whether it is set up for it */
    char *url, *method;
    struct curl_slist *headers;
    char *name, *password; /* NULL: nothing to authenticate with */
    long auth;             /* CURLAUTH_... or 0 */
    uint64_t realm;        /* stands for origin and credentials; 0: none */
    long http_version;     /* CURL_HTTP_VERSION_... */
    uint64_t body_length;
    bool has_body; /* a Content-Length is sent, perhaps 0 */
};

/* An origin with a list of its addresses, as libcurl is told of it. */
struct curl_place {
    const struct origin *origin;
    struct address_list *list;      /* NULL: it was not looked up, so libcurl does */
    struct curl_slist **connect_to; /* by the address to begin with; none: what the URL says */
    size_t count;
    const char *socket;         /* of the file system, or NULL */
    char *proxy;                /* its URL, or NULL */
    struct curl_slist *resolve; /* for libcurl's cache */
    bool is_loaded;             /* which has it: a transfer got a connection by it */
    struct curl_place *next;
};

struct curl_watch {
    ev_io io;
    struct curl_watch *next;
};

/* A worker's. */
struct curl_full {
    struct net *net;
    CURLM *multi;
    ev_timer timer;
    struct wheel wheel;
    struct curl_session *shared; /* of all VUs, where the plan says so; else NULL */
    struct curl_place *places;
    struct curl_watch *free_watches;
    uint64_t *open; /* bit fd % 64 of word fd / 64: a connection */
    size_t open_words;
};

/* A VU's connections and handles. A handle keeps what its server told for digests, so it stays with its VU. */
struct curl_session {
    struct curl_full *full;
    CURLSH *share;
    struct curl_transfer *idle, *running, *queued; /* the last oldest first */
    unsigned turn;                                 /* which address of an origin this VU begins with */
    bool has_turn;
};

struct curl_transfer {
    CURL *easy;
    struct curl_session *session;
    struct curl_transfer *next, **back; /* of the list it is in */
    struct exchange *exchange;          /* NULL: idle */
    struct wheel_entry timer;
    uint64_t serial;                 /* of the request that the handle is set up for; 0: none */
    uint64_t realm;                  /* of what libcurl keeps in the handle about digests */
    struct curl_place *place;        /* that the handle is set up for */
    const struct address_list *list; /* of it */
    struct address_state *address;   /* of the socket that was opened last; NULL: not in a list */
    bool is_queued, must_be_fresh;
    bool is_started;    /* a connection is there, the request goes out */
    bool awaits_answer; /* a request went out, and nothing of its answer came */
    bool is_stale;      /* libcurl wanted to send it once more, as a kept connection had ended */
    bool has_opened;    /* a connection, since the last request went out */
    bool has_fed;       /* the parser has the head, or as much of it as there is */
    bool is_in_body;
    bool is_question;  /* it is one that libcurl may answer by another request */
    bool is_head_done; /* `head` ends with an empty line */
    bool is_interim;   /* ... of an answer 1xx */
    bool wants_certificate;
    bool no_ticket;              /* negotiate had nothing to answer with */
    int socket_errno, fd;        /* of the socket that was opened last */
    uint64_t body_at, body_sent; /* bytes of the body that libcurl has taken, and put on the wire, for the last request */
    uint64_t last_sent_ns, last_read_ns;
    enum http1_result result;
    enum fault fault; /* found by a callback, which ended the transfer */
    const char *detail;
    struct buf head; /* as it arrived, of the last answer */
    struct http1_parser parser;
    char error[CURL_ERROR_SIZE];
};

/* ---- curl_full_options.c ---- */

struct curl_transfer *curl_transfer_new(struct curl_session *session);
void curl_transfer_free(struct curl_transfer *transfer);
/* Sets the handle up for transfer->exchange. */
void curl_transfer_prepare(struct curl_transfer *transfer);

/* ---- curl_full_place.c ---- */

/* is_kept: the connection may be one of before, and may stay. */
void curl_set_place(struct curl_transfer *transfer, const struct origin *origin, bool is_kept);
void curl_place_free(struct curl_place *place);
/* -1 and errno. */
int curl_open_socket(struct curl_transfer *transfer, struct curl_sockaddr *address);

/* ---- curl_full_callbacks.c: called by libcurl within a transfer; they note and never call libcurl ---- */

/* libcurl closes the descriptor, or has closed it. */
void curl_note_closed(struct curl_full *full, int fd);
void curl_callbacks_set(struct curl_transfer *transfer);
/* Before a transfer. */
void curl_callbacks_begin(struct curl_transfer *transfer);
/* The transfer is over: what the parser has to say. */
enum http1_result curl_callbacks_end(struct curl_transfer *transfer);
/* Which instants were reached before the request went out; libcurl's times are relative to `since_ns`. */
void curl_take_stamps(struct curl_transfer *transfer, uint64_t now_ns);

/* ---- curl_full_fault.c ---- */

/* What a code of libcurl means for the transfer; *detail is static or in the transfer. */
enum fault curl_fault_of(struct curl_transfer *transfer, CURLcode code, const char **detail);

#endif
