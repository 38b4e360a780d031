"""What the program says it sent is what the server got, for every executor; the three books balance."""

import harness as h


def check_run(t, *args, statuses=None):
    nginx = h.Nginx()
    target = [a.replace("URL", nginx.url) if isinstance(a, str) else a for a in args]
    result, summary = h.measure(*target)
    nginx.stop()
    sent = summary["counts"]["requests"]["sent"]
    t.equal(nginx.count(), sent, "requests in nginx's log")
    t.true(sent > 0, "something was sent")
    h.books(t, summary)
    if summary["counts"]["requests"]["interrupted"] == 0:
        t.equal(nginx.statuses(), summary["status"] if statuses is None else statuses, "statuses")
    t.equal(summary["run"]["state"], "finished", "state")
    t.equal(summary["run"]["exit_code"], result.code, "exit code in the summary")
    return result, summary, nginx


def three_seconds_against_nginx_count_the_same_on_both_sides(t):
    result, summary, _ = check_run(t, "URL/", "-d", "3s")
    t.equal(result.code, 0, "exit code")
    i = summary["counts"]["iterations"]
    t.equal(i["planned"], 150, "arrivals of 3 s at 50/s")
    t.equal(sum(summary["intervals"]["planned"]), 150, "planned by interval")


def a_closed_loop_counts_the_same_on_both_sides(t):
    _, summary, nginx = check_run(t, "URL/", "-c", 8, "-d", "2s", "-t", 2)
    t.equal(len({row[4] for row in nginx.lines()}), 8, "connections: one to a VU")
    t.equal(summary["counts"]["iterations"]["interrupted"], summary["counts"]["requests"]["interrupted"], "interrupted")


def a_number_of_iterations_is_kept_exactly(t):
    _, summary, _ = check_run(t, "URL/", "-n", 1234, "-c", 7, "-t", 2)
    t.equal(summary["counts"]["iterations"]["completed"], 1234, "iterations")
    t.equal(summary["counts"]["requests"]["ok"], 1234, "requests")


def a_mix_of_answers_has_the_same_statuses_on_both_sides(t):
    plan = h.write("mix.ini", """
[plan]
base_url = BASE
[request good]
url = /
[request missing]
url = /missing
[request busy]
url = /busy
method = POST
body = hello
[scenario all]
executor = shared-iterations
vus = 5
iterations = 2000
mix = good:6, missing:3, busy:1
""")
    nginx = h.Nginx()
    with open(plan, "r+", encoding="utf-8") as f:
        text = f.read().replace("BASE", nginx.url)
        f.seek(0)
        f.truncate()
        f.write(text)
    _, summary = h.measure(plan)
    nginx.stop()
    h.books(t, summary)
    t.equal(nginx.statuses(), summary["status"], "statuses")
    t.equal(nginx.count(), 2000, "requests in nginx's log")
    t.equal(summary["counts"]["requests"]["failed_status"], nginx.statuses()["404"] + nginx.statuses()["503"], "failed")
    for row in summary["requests"]:
        code = {"good": "200", "missing": "404", "busy": "503"}[row["name"]]
        t.equal(row["status"], {code: nginx.statuses()[code]}, "statuses of " + row["name"])
    t.equal({row[2] for row in nginx.lines() if row[3] == "/busy"}, {"POST"}, "method")


def every_way_to_fail_has_one_outcome_and_the_books_balance(t):
    server = h.TestServer()
    ways = {"close": "empty_reply", "reset": "reset", "partial": "partial_body", "raw?hex=4a554e4b0d0a0d0a": "protocol"}
    for path, kind in ways.items():
        before = server.stats()["requests"]
        result, summary = h.measure(f"{server.url}/{path}", "-n", 20, "-c", 4, "-m", "POST")
        h.books(t, summary, path + ": ")
        t.equal(summary["counts"]["requests"]["errors"], {kind: 20}, path)
        t.equal(summary["counts"]["requests"]["sent"], server.stats()["requests"] - before, path + ": sent")
        t.equal(result.code, 1, path + ": exit code when every request failed")


def a_port_that_refuses_is_counted_and_nothing_was_sent(t):
    held, port = h.free_port()
    result, summary = h.measure(f"http://127.0.0.1:{port}/", "-n", 50)
    held.close()
    h.books(t, summary)
    t.equal(summary["counts"]["requests"]["errors"], {"refused": 50}, "errors")
    t.equal(summary["counts"]["requests"]["sent"], 0, "sent")
    t.equal(result.code, 1, "exit code")


def chunked_bytewise_and_close_delimited_answers_are_whole(t):
    server = h.TestServer()
    for path, length in (("bytewise", 40), ("chunked?size=500", 500), ("until-close", 100), ("bytes?size=300000", 300000)):
        before = server.stats()["requests"]
        _, summary = h.measure(f"{server.url}/{path}", "-n", 20, "-c", 2)
        t.equal(summary["counts"]["requests"]["ok"], 20, path)
        t.equal(server.stats()["requests"] - before, 20, path + ": requests at the server")
        t.true(summary["requests"][0]["bytes_received"] >= 20 * length, path + ": bytes")
        h.books(t, summary, path + ": ")


h.main(globals())
