"""The demo: a run against the target in the same process passes; the target alone has the faults it promises."""

import json
import signal

import harness as h

DRAWS = 10000


MARKS = ["healthy", "fail now", "slow now", "burst of 503", "recovered"]


def marks(summary):
    return [x for x in summary["annotations"] if x["kind"] == "marker" and x["by"] == "demo"]


def the_story_of_the_demo_is_told_in_order_and_passes(t):
    file = h.summary_path()
    result = h.onager("demo", "-d", "10s", "--out", "json=" + file, limit_s=120)
    t.equal(result.code, 0, f"exit code: {result}")
    t.match(r"FINISHED", result.out, "the summary")
    summary = h.load_summary(file)
    h.books(t, summary)
    t.equal(summary["counts"]["iterations"]["planned"], 2000, "arrivals of 10 s at 200/s")
    t.true(len(summary["thresholds"]) >= 3 and all(x["passed"] for x in summary["thresholds"]), "thresholds")
    told = marks(summary)
    t.equal(len(told), len(MARKS), f"marks: {told}")
    for mark, words, at_s in zip(told, MARKS, (0, 2, 4, 6, 7.5)):
        t.true(words in mark["text"], f"{words}: {mark['text']}")
        t.within(mark["at_s"], at_s, at_s + 1.5, words)  # a frame later at the most, and what the machine adds
    rows = {x["name"]: x for x in summary["requests"]}
    t.equal(sorted(rows), ["create", "echo", "stats", "user", "users"], "rows")
    t.equal(max(rows, key=lambda name: rows[name]["duration_ms"]["avg"]), "user", "the slowest row")
    t.true(summary["status"]["503"] > 100, "a burst of 503")
    t.true(summary["status"]["500"] > 0, "faults")
    t.equal(rows["create"]["status"], {"201": rows["create"]["count"]}, "creating never fails")


def the_load_of_the_demo_is_the_callers_choice(t):
    for options, executor in ((["-c", "5", "-d", "1s"], "constant-vus"), (["-n", "60"], "shared-iterations"),
                              (["-r", "40", "-d", "1s", "-c", "9"], "constant-arrival-rate")):
        file = h.summary_path()
        result = h.onager("demo", *options, "--threshold", "failed<100%", "--out", "json=" + file)
        t.true(result.code in (0, 1), f"{options}: {result}")
        t.equal(h.load_summary(file)["scenarios"][0]["executor"], executor, str(options))


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
