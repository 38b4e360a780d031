"""The demo: a run against the target in the same process passes; the target alone has the faults it promises."""

import json
import signal

import harness as h

DRAWS = 10000


def the_demo_runs_and_exits_with_0(t):
    file = h.summary_path()
    result = h.onager("demo", "--out", "json=" + file, limit_s=120)
    t.equal(result.code, 0, f"exit code: {result}")
    t.match(r"FINISHED", result.out, "the summary")
    summary = h.load_summary(file)
    h.books(t, summary)
    t.equal(summary["counts"]["iterations"]["planned"], 1500, "arrivals of 15 s at 100/s")
    t.equal(summary["counts"]["requests"]["failed_status"], 0, "failed")
    t.true(all(x["passed"] for x in summary["thresholds"]) and summary["thresholds"], "thresholds")


def serve(*args):
    child = h.start([h.need_built(h.ONAGER), "demo", "--serve", *args], stdout=h.subprocess.PIPE)
    line = child.stdout.readline().decode()
    return child, line.split("/ ")[0]


def the_target_alone_serves_until_a_signal(t):
    for how in (signal.SIGTERM, signal.SIGINT):
        child, url = serve("0")
        t.equal(json.loads(h.get(url + "/"))["status"], "running", "answer")
        t.equal(json.loads(h.get(url + "/api/stats"))["total_requests"], 1, "counted")
        t.equal(h.end(child, how), 0, "exit code")


def a_port_that_is_taken_is_said(t):
    child, url = serve("0")
    result = h.onager("demo", "--serve", url.rsplit(":", 1)[1])
    t.equal(result.code, 2, "exit code")
    t.match(r"cannot listen", result.err, "message")
    h.end(child)
    t.equal(h.onager("demo", "--serve", "70000").code, 2, "no port")
    t.equal(h.onager("demo", "--serve", "x").code, 2, "no number")


def ten_thousand_requests_see_each_fault_as_often_as_promised(t):
    child, url = serve("0")
    result, summary = h.measure(url + "/api/users", "-n", DRAWS, "-c", 500, limit_s=120)
    h.books(t, summary)
    t.equal(result.code, 0, "exit code without thresholds")
    stats = json.loads(h.get(url + "/api/stats"))
    h.end(child)
    t.equal(stats["endpoints"]["list"], DRAWS, "requests at the target")
    t.equal(stats["statuses"], summary["status"], "statuses on both sides")
    for fault, share in (("late_500", 0.10), ("quick_400", 0.05), ("delayed", 0.03)):
        t.within(stats["faults"][fault] / DRAWS, share - 0.01, share + 0.01, fault)
    t.equal(stats["faults"]["late_500"], summary["status"]["500"], "500")
    t.equal(stats["faults"]["quick_400"], summary["status"]["400"], "400")


def creating_a_user_never_fails_by_chance(t):
    child, url = serve("0")
    _, summary = h.measure(url + "/api/users", "-m", "POST", "-b", '{"name":"Fay"}', "-n", DRAWS, "-c", 20)
    h.end(child)
    t.equal(summary["status"], {"201": DRAWS}, "statuses")


h.main(globals())
