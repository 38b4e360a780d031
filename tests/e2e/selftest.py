"""onager selftest: every figure agrees with the server's record, and a record that is 5 ms off is found out."""

import json
import os
import time

import harness as h

FALSE = os.path.join(h.BUILD, "tests", "e2e", "onager-false")


def checks(result):
    return {c["name"]: c for c in json.loads(result.out)["checks"]}


def every_figure_agrees_with_the_servers_record(t):
    began = time.monotonic()
    result = h.onager("selftest", "--format", "json")
    t.true(time.monotonic() - began < 60, "it takes less than a minute")
    t.equal(result.code, 0, "exit code: " + result.out + result.err)
    found = json.loads(result.out)
    t.true(found["verdict"] in ("ok", "rough"), found["verdict"])
    t.true(found["rate"] > 100, "a rate")
    lines = checks(result)
    t.equal((lines["500/s: requests"]["onager"], lines["500/s: requests"]["truth"]), (2000, 2000), "500/s for 4 s")
    for wait, ms in (("1ms", 1), ("5ms", 5), ("20ms", 20), ("100ms", 100)):
        t.true(lines[wait + ": p50"]["truth"] >= ms, f"the server waits {ms} ms")
        t.true(lines[wait + ": requests"]["onager"] > 50, wait + ": enough of them")
    for line in lines.values():
        t.within(line["off"] - (line["onager"] - line["truth"]), -1e-6, 1e-6, line["name"])
    # 800 arrivals, of which 200 find the server standing still for 1 s
    t.within(lines["stall: response p99"]["truth"], 930, 990, "computed from the schedule")


def a_server_that_does_not_tell_the_truth_is_found_out(t):
    result = h.start([h.need_built(FALSE), "selftest", "--format", "json"], stdout=h.subprocess.PIPE, stderr=h.subprocess.PIPE)
    out = result.communicate(timeout=h.LIMIT_S)[0]
    t.equal(result.returncode, 1, "exit code")
    found = json.loads(out)
    t.equal(found["verdict"], "WRONG", "verdict")
    wrong = {c["name"] for c in found["checks"] if c["verdict"] == "WRONG"}
    t.true({f"{wait}: p50" for wait in ("1ms", "5ms", "20ms", "100ms")} <= wrong, f"every wait is wrong: {sorted(wrong)}")


def a_target_or_an_unknown_word_is_refused(t):
    for args in (["http://127.0.0.1:1/"], ["--format", "xml"], ["--rate"]):
        result = h.onager("selftest", *args)
        t.equal((result.code, result.out), (2, ""), f"{args}: {result.err}")


def it_can_be_stopped(t):
    process = h.start([h.ONAGER, "selftest"], stdout=h.subprocess.PIPE, stderr=h.subprocess.PIPE)
    process.stderr.readline()
    h.end(process, h.signal.SIGINT)
    t.equal(process.returncode, 4, "exit code")


h.main(globals())
