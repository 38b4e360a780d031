"""Connections in whole runs: how many nginx sees, how many requests each carries, and what waiting for one looks like."""

import harness as h


def run(t, *args, plan=None, code=0, **more):
    """A run against a new nginx. (summary, rows of nginx's log, requests by connection)"""
    nginx = h.Nginx()
    target = nginx.url + "/" if plan is None else h.write("pools.ini", plan.replace("URL", nginx.url))
    result, summary = h.measure(target, *args, **more)
    nginx.stop()
    t.equal(result.code, code, f"exit code ({result.err})")
    rows = nginx.lines()
    t.equal(len(rows), summary["counts"]["requests"]["sent"], "requests in nginx's log")
    h.books(t, summary)
    by_connection = {}
    for row in rows:
        by_connection.setdefault(row[4], []).append(row)
    return summary, rows, by_connection


def each_vu_has_a_connection_of_its_own(t):
    _, _, connections = run(t, "-n", 400, "-c", 8)
    t.equal(len(connections), 8, "connections")


def shared_connections_are_never_more_than_asked_for(t):
    for threads in (1, 2):
        summary, rows, connections = run(t, "-n", 3000, "-c", 40, "--connections", "shared:5", "-t", threads)
        t.equal(len(connections), 5, f"connections of {threads} threads")
        t.equal(len(rows), 3000, "requests")
        t.equal(summary["generator"]["threads"], threads, "threads")
        t.true(summary["metrics"]["http_req_blocked"]["max"] > 0, "who has no connection is blocked")
        t.true(not any(r["code"] == "connect_queue" for r in summary["verdict"]["reasons"]), "waiting was asked for")


def a_wait_for_a_shared_connection_is_blocked_and_no_part_of_the_request(t):
    server = h.TestServer()
    result, summary = h.measure(server.url + "/delay?first=20000", "-n", 40, "-c", 4, "--connections", 1)
    t.equal(result.code, 0, "exit code")
    t.equal(server.stats()["accepted"], 1 + 1, "connections, with the one of this question")
    # each of four waits for the three before it, but for the first few
    t.within(summary["metrics"]["http_req_blocked"]["p50"], 55, 1000, "p50 of blocked in ms")
    t.true(summary["metrics"]["http_req_duration"]["min"] < 40, "a request alone takes what the server takes")
    t.within(summary["metrics"]["http_req_duration"]["p50"], 20, summary["metrics"]["http_req_blocked"]["p50"], "p50 of the request in ms")
    h.books(t, summary)
    server.stop()


def shared_connections_cap_the_threads(t):
    summary, _, connections = run(t, "-n", 100, "-c", 64, "--connections", "shared:1")
    t.equal(summary["generator"]["threads"], 1, "threads")
    t.equal(len(connections), 1, "connections")
    result = h.onager("http://127.0.0.1:1/", "-n", 1, "--connections", "shared:1", "-t", 2)
    t.equal(result.code, 3, "exit code")
    t.match(r"^onager: --connections: 1 for 2 threads, and each needs one: take threads = 1, or shared:2$", result.err, "complaint")


PLAN = """[http]
{keys}
[request a]
url = URL/
[scenario s]
executor = shared-iterations
vus = 2
iterations = {iterations}
request = a
"""


def an_iteration_with_its_own_connections_closes_them(t):
    _, _, connections = run(t, plan=PLAN.format(keys="reuse = iteration", iterations=50))
    t.equal(len(connections), 50, "connections")
    # the answer did not say so: it was the client that closed
    _, _, connections = run(t, plan=PLAN.format(keys="reuse = iteration\nredirects = 1", iterations=20).replace("URL/", "URL/moved"))
    t.equal(len(connections), 20, "connections")
    t.true(all(len(rows) == 2 for rows in connections.values()), "both requests of an iteration go over one connection")


def without_reuse_each_request_has_a_connection(t):
    for args in (("--disable-keepalive",), ("--reuse", "none"), ("--reuse", "none", "--connections", "shared:2")):
        _, rows, connections = run(t, "-n", 60, "-c", 4, *args)
        t.equal(len(connections), 60, f"connections with {args}")


def a_connection_carries_at_most_max_requests(t):
    for keys in ("max_requests = 7", "max_requests = 7\nconnections = shared:2"):
        _, _, connections = run(t, plan=PLAN.format(keys=keys, iterations=70))
        t.true(all(len(rows) <= 7 for rows in connections.values()), "requests on a connection")
        t.within(len(connections), 10, 11, "connections")


def a_connection_is_not_used_beyond_its_age(t):
    summary, rows, connections = run(t, "-r", "200/s", "-d", "2s", "-c", 2, "-t", 1)
    t.true(len(connections) <= 2, "connections without an age")
    plan = """[http]
max_age = 250ms
[request a]
url = URL/
[scenario s]
executor = constant-arrival-rate
rate = 200/s
duration = 2s
max_vus = 2
request = a
"""
    summary, rows, connections = run(t, plan=plan)
    t.true(len(connections) >= 7, f"{len(connections)} connections in 2 s")
    t.equal(summary["counts"]["requests"]["ok"], len(rows), "no request failed by it")
    if not h.SANITIZED:
        for of_one in connections.values():
            t.within(of_one[-1][0] - of_one[0][0], 0, 0.4, "seconds from the first to the last request of a connection")


h.main(globals())
