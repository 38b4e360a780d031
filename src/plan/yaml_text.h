/* YAML load plans (base_url, defaults, weighted scenarios) as the events of a plan file, with the places of the YAML. Main thread.
 *
 *   base_url: http://127.0.0.1:8080     [plan] base_url
 *   defaults:                           [http] and the one scenario
 *     method: GET                       of scenarios that say none
 *     headers: {Accept: text/html}
 *     timeout: 5s
 *     concurrency: 10                   VUs that share the requests
 *     requests: 100                     in all
 *   scenarios:                          a [request] each, drawn by weight
 *     - name: Get users
 *       path: /api/users
 *       weight: 2
 *       method, headers, body, timeout  instead of those of defaults; headers are merged; a body that is no text is sent as JSON */
#ifndef ONAGER_YAML_TEXT_H
#define ONAGER_YAML_TEXT_H

#include "ini_text.h"

#define YAML_DEPTH_MAX 32    /* of a body */
#define YAML_NODES_MAX 10000 /* visited, aliases counted each time */

/* As ini_read(). What is no such plan is a mistake. */
void yaml_read(const char *text, size_t length, const struct ini_events *events, void *user);

#endif
