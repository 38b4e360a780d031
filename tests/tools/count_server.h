/* A server inside a test: one thread, answers every request on 127.0.0.1 with 200 and counts it. */
#ifndef ONAGER_COUNT_SERVER_H
#define ONAGER_COUNT_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct count_server;

struct count_server *count_server_new(void);
void count_server_free(struct count_server *server);
uint16_t count_server_port(const struct count_server *server);
uint64_t count_server_requests(const struct count_server *server);   /* heads read completely */
void count_server_answer(struct count_server *server, bool answers); /* false: reads and keeps silent */

#endif
