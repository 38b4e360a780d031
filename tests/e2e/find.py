"""onager find against servers whose capacity is known: one worker with a fixed service time, and one that gets worse by itself."""

import csv
import io
import json
import os
import sys

import harness as h

ONE_WORKER = os.path.join(h.SOURCE, "tests", "tools", "one_worker.py")


def one_worker(*args):
    process = h.start([sys.executable, ONE_WORKER, *[str(a) for a in args]], stdout=h.subprocess.PIPE)
    return process, f"http://127.0.0.1:{int(process.stdout.readline())}/"


def search(*args):
    result = h.onager("find", *args, "--format", "json")
    if not result.out:
        raise h.Failure(result.err)
    return result, json.loads(result.out)


def a_worker_of_5_ms_sustains_nearly_200_a_second(t):
    # what else this machine does may take from it, so the best of three counts; nothing may make it look faster
    best, are_valid = 0, True
    for _ in range(3):
        process, url = one_worker(5)
        result, found = search(url, "--slo", "p99<100ms", "--min", 50, "--step-time", "2s", "--hold-time", "4s")
        h.end(process)
        t.true((found["sustained"] or 0) <= 202, f"sustained {found['sustained']} of 200 a second")
        best = max(best, found["sustained"] or 0)
        are_valid = are_valid and all(step["verdict"] == "VALID" for step in found["steps"])
        if best >= 180:
            break
    if best < 180 and not are_valid:
        raise h.Skip("this machine is too busy to measure 200/s, as the search itself says")
    t.true(180 <= best <= 200, f"{best}/s of 200/s: {result.err}")
    t.equal(result.code, 0, "exit code")
    t.equal(found["outcome"], "sustained", "outcome")
    t.equal(found["recommended"], found["sustained"] * 8 // 10, "recommended")
    t.true(found["sustained"] < found["breaking"] <= 260, f"breaking point {found['breaking']}")
    t.equal(found["steps"][-1]["phase"], "confirm", "the last step")
    t.equal(found["steps"][-1]["rate"], found["sustained"], "the last rate")
    t.equal(found["steps"][0]["planned"], 100, "arrivals of the first step")
    for step in found["steps"]:
        t.equal(step["started"] + step["dropped"], step["planned"], f"books at {step['rate']}/s")


def a_server_that_gets_worse_by_itself_ends_the_search(t):
    process, url = one_worker(2, 0.08)
    result, found = search(url, "--slo", "p99<30ms", "--min", 20, "-c", 20, "--step-time", "2s", "--hold-time", "3s")
    h.end(process)
    t.equal(found["outcome"], "degrades", "outcome: " + result.err)
    t.equal(result.code, 1, "exit code")
    t.equal((found["sustained"], found["recommended"]), (None, None), "no rate")


def a_minimum_that_fails_exits_with_1(t):
    process, url = one_worker(5)
    result, found = search(url, "--slo", "p99<2ms", "--min", 20, "--step-time", "1s")
    t.equal((result.code, found["outcome"], len(found["steps"])), (1, "below_minimum", 1), "code, outcome, steps")
    text = h.onager("find", url, "--slo", "p99<2ms", "--min", 20, "--step-time", "1s")
    h.end(process)
    t.equal(text.code, 1, "exit code")
    t.true("the lowest rate fails already" in text.out, text.out)
    t.true("bracket" in text.err and "20/s" in text.err, "a line for the step: " + text.err)


def the_highest_rate_allowed_is_held_and_written_as_csv(t):
    server = h.TestServer()
    result = h.onager("find", server.url + "/", "--slo", "p99<5s", "--min", 10, "--max", 15, "--step-time", "1s", "--hold-time", "2s", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    t.equal(result.code, 0, "exit code: " + result.err)
    t.equal([(r["phase"], r["rate"], r["planned"]) for r in rows],
            [("bracket", "10", "10"), ("bracket", "15", "15"), ("confirm", "15", "30")], "steps")


def a_plan_lends_its_requests_and_its_limits(t):
    server = h.TestServer()
    plan = h.write("two.ini", f"""
[plan]
base_url = {server.url}
[request a]
url = /
[request b]
url = /delay/1
[scenario one]
executor = constant-vus
vus = 3
duration = 1h
mix = a, b
chaos = aggressive
[scenario two]
executor = shared-iterations
request = a
[thresholds]
http_req_failed = rate<0.5
""")
    result = h.onager("find", plan, "--scenario", "one", "--min", 10, "--max", 10, "--step-time", "1s", "--hold-time", "1s", "--format", "json")
    found = json.loads(result.out)
    t.equal(result.code, 0, "exit code: " + result.err)
    t.equal(found["slo"], ["http_req_failed: rate<0.5"], "the plan's threshold")
    t.equal([s["planned"] for s in found["steps"]], [10, 10], "a constant rate")
    refused = h.onager("find", plan)
    t.equal(refused.code, 2, "two scenarios")
    t.true("--scenario" in refused.err, refused.err)


def what_it_cannot_do_is_said_before_anything_is_sent(t):
    for args, words in (
            (["http://127.0.0.1:1/"], "--slo"),
            ([], "one target"),
            (["http://127.0.0.1:1/", "--slo", "p99<1s", "-r", "5"], "-r: find decides about the load"),
            (["http://127.0.0.1:1/", "--slo", "p99<1s", "--min", "0"], "--min wants a whole number above 0"),
            (["http://127.0.0.1:1/", "--slo", "p99<1s", "--min", "10", "--max", "5"], "more than --max"),
            (["http://127.0.0.1:1/", "--slo", "p99<1s", "--format", "xml"], "--format wants text|csv|json"),
            (["http://127.0.0.1:1/", "--slo", "p99<1s", "--precision", "90"], "--precision wants"),
            (["http://127.0.0.1:1/", "--slo", "p99<1s", "--step-time", "0"], "--step-time wants a duration"),
            (["http://127.0.0.1:1/", "--slo"], "--slo wants a value"),
            (["http://127.0.0.1:1/", "--slo", "p99<1s", "-o", "x.json"], "--format json > FILE")):
        result = h.onager("find", *args)
        t.true(result.code in (2, 3) and words in result.err.replace("\n        ", " "), f"{args}: {result.code} {result.err}")
        t.equal(result.out, "", "nothing on the standard output")


h.main(globals())
