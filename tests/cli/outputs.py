"""Outputs: the JSON summary has the form its schema says, in every kind of run; what cannot be written is said and exits so."""

import json
import os
import re
import resource
import signal
import subprocess
import sys

SOURCE = os.environ.get("top_srcdir", ".")
sys.path[:0] = [os.path.join(SOURCE, "tests", "e2e"), os.path.join(SOURCE, "tests", "tools")]
import harness as h  # noqa: E402
import validate  # noqa: E402

SCHEMA_FILE = os.path.join(SOURCE, "src", "output", "summary.schema.json")
SCHEMA = validate.load(SCHEMA_FILE)
SHOW = os.path.join(h.BUILD, "tests", "tools", "show_fixture")


def valid(t, summary, what):
    t.equal(list(validate.mistakes(summary, SCHEMA)), [], what)


def fixture(scene):
    return json.loads(subprocess.run([h.need_built(SHOW), scene, "json"], capture_output=True, check=True).stdout)


def vocabulary(name, macro):
    return re.findall(rf'^{macro}\(\w+, "([^"]+)"', h.read(os.path.join(SOURCE, name)), re.M)


def the_schema_has_the_words_of_the_tables(t):
    faults = SCHEMA["$defs"]["errors"]["patternProperties"]
    t.equal(list(faults), ["^(" + "|".join(vocabulary("src/include/onager/fault.def", "FAULT")) + ")$"], "kinds of errors")
    reasons = SCHEMA["properties"]["verdict"]["properties"]["reasons"]["items"]["properties"]["code"]["enum"]
    t.equal(reasons, vocabulary("src/include/onager/verdict_reason.def", "VERDICT_REASON"), "verdict")
    states = SCHEMA["properties"]["run"]["properties"]["state"]["enum"]
    t.equal(states, vocabulary("src/include/onager/run_state.def", "RUN_STATE")[-4:], "end states")
    t.equal(list(SCHEMA["properties"]["metrics"]["properties"]), vocabulary("src/metrics/metrics.def", "METRIC"), "metrics")


def the_validator_finds_what_is_wrong(t):
    good = fixture("finished")
    valid(t, good, "the fixture")
    for path, value in ((("run", "state"), "done"), (("run", "extra"), 1), (("counts", "requests", "total"), -1), (("status",), {"2x": 1}),
                        (("metrics", "vus", "max"), None), (("intervals", "vus"), [0] * 3601), (("verdict",), None),
                        (("counts", "requests", "errors"), {"nonsense": 1})):
        bad = json.loads(json.dumps(good))
        place = bad
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        t.true(list(validate.mistakes(bad, SCHEMA)), f"{'.'.join(path)} = {value}")
    for name in good:
        bad = {k: v for k, v in good.items() if k != name}
        t.true(list(validate.mistakes(bad, SCHEMA)), name + " is missing")


def the_fixture_says_in_json_what_the_picture_says(t):
    summary = fixture("finished")
    t.equal(summary["counts"]["requests"]["total"], 108201, "requests")
    t.equal(summary["counts"]["requests"]["errors"], {"reset": 8, "timeout_body": 6}, "errors")
    t.equal(summary["status"], {"200": 104760, "201": 3392, "503": 35}, "status")
    trend = summary["metrics"]["http_req_duration"]
    t.equal((trend["p95"], trend["p99.9"], trend["max"], trend["unsupported"]), (90.2, 377, 10000, []), "http_req_duration in ms")
    pay = summary["requests"][0]
    t.equal((pay["name"], pay["count"], pay["failed"], pay["status"]), ("pay", 1696, 35, {"201": 1661, "503": 35}), "row pay")
    t.equal(pay["duration_ms"]["unsupported"], ["p99.9"], "1,696 samples do not carry p99.9")
    t.equal(pay["duration_ms"]["p99.9"], 1310, "its value is there all the same")
    t.equal(summary["metrics"]["http_req_failed"]["passes"], 49, "failed")
    window = [x for x in summary["thresholds"] if x["window_s"]]
    t.equal([(x["metric"], x["window_s"], x["worst_window"]) for x in window], [("http_req_failed", 30, 0.0021)], "window")
    t.equal(summary["thresholds"][2]["filter"], {"request": "login"}, "filter")
    t.equal(len(summary["intervals"]["requests"]), 210, "a value a second")
    t.equal(summary["run"]["started_at"], "2025-11-20T14:00:17.000Z", "wall clock")


def every_kind_of_run_writes_a_valid_summary(t):
    server = h.TestServer()
    url = server.url + "/"
    refused, port = h.free_port()
    runs = {
        "closed": (0, [url, "-c", 3, "-n", 50]),
        "open": (0, [url, "-r", "100/s", "-d", "1s"]),
        "threshold failed": (1, [url, "-n", 20, "--threshold", "p95<1us"]),
        "all refused": (1, [f"http://127.0.0.1:{port}/", "-n", 20]),
        "no samples": (1, [f"http://127.0.0.1:{port}/", "-n", 20, "--threshold", "http_req_duration: p(95)<500",
                           "--threshold", "http_req_duration: p(99)<500 optional"]),
    }
    for name, (code, args) in runs.items():
        try:
            result, summary = h.measure(*args)
        except h.Failure as failure:
            raise h.Failure(f"{name}: {failure}") from None
        t.equal(result.code, code, f"{name}: {result}")
        t.equal(summary["run"]["exit_code"], code, name + ": exit code in the summary")
        valid(t, summary, name)
        h.books(t, summary, name + ": ")
        if name == "no samples":
            t.equal([(x["value"], x["margin"], x["samples"], x["passed"]) for x in summary["thresholds"]],
                    [(None, None, 0, False), (None, None, 0, True)], name)
    refused.close()


def the_summary_is_short_full_or_none(t):
    server = h.TestServer()
    short = h.onager(server.url + "/", "-n", 50)
    t.true("\nLatency " not in short.out, "short is the default")
    full = h.onager(server.url + "/", "-n", 50, "--summary", "full")
    t.equal(full.code, 0, "exit code")
    t.match(r"^Verdict    VALID: ", full.out, "verdict")
    t.match(r"^  service  +[\d.]+.s", full.out, "latency")
    t.match(r"log$", full.out, "axis of the distribution, from a real histogram")
    t.match(r"^Books      balance: iterations 50 planned = 50 completed \+ 0 dropped\n           requests 50 sent = 50 ok \+ 0 failed", full.out,
            "books")
    t.match(r"^Transport  http1, .* in, .* out, CPU ", full.out, "cost")
    t.equal(h.onager(server.url + "/", "-n", 50, "--summary=none", "--quiet").out, "", "none")


def a_stopped_run_writes_its_summary(t):
    server = h.TestServer()
    file = h.summary_path()
    child = h.start([h.ONAGER, server.url + "/", "-r", "100/s", "-d", "10m", "-o", file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    h.wait_for("requests", lambda: server.stats()["requests"] > 20)
    child.send_signal(signal.SIGINT)
    out = child.communicate(timeout=h.LIMIT_S)[0].decode()
    t.equal(child.returncode, 4, "exit code")
    t.match(r"STOPPED after .* exit 4$", out, "summary")
    summary = h.load_summary(file)
    valid(t, summary, "stopped")
    t.equal(summary["run"]["state"], "stopped", "state")
    h.books(t, summary)


def a_second_signal_ends_a_run_that_hangs(t):
    server = h.TestServer()
    file = h.summary_path()
    child = h.start([h.ONAGER, server.url + "/never", "-c", "3", "-d", "10m", "--timeout", "9m", "-o", file], stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
    h.wait_for("requests", lambda: server.stats()["requests"] == 3)
    child.send_signal(signal.SIGTERM)
    child.send_signal(signal.SIGTERM)
    t.equal(child.wait(h.LIMIT_S), 4, "exit code")
    summary = h.load_summary(file)
    valid(t, summary, "killed")
    t.equal(summary["counts"]["requests"]["interrupted"], 3, "interrupted")


def a_hangup_stops_a_run_unless_it_was_told_to_go_on(t):
    server = h.TestServer()
    for command, code, state in (([], 4, "stopped"), (["sh", "-c", 'trap "" HUP; exec "$0" "$@"'], 0, "finished")):
        before = server.stats()["requests"]
        file = h.summary_path()
        child = h.start([*command, h.ONAGER, server.url + "/", "-r", "50/s", "-d", "2s", "-o", file], stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL, text=True)
        h.wait_for("requests", lambda since=before: server.stats()["requests"] > since + 5)
        child.send_signal(signal.SIGHUP)
        out = child.communicate(timeout=h.LIMIT_S)[0]
        t.equal(child.returncode, code, "exit code")
        t.equal(h.load_summary(file)["run"]["state"], state, "state")
        t.match(r"stopped by SIGHUP" if code else "FINISHED", out, "the summary says what ended it")


def a_full_queue_is_not_told_to_wait(t):
    """Arrivals that wait already find no good advice in --wait."""
    server = h.TestServer()
    plan = h.write("queue.ini", f"""[request r]
url = {server.url}/never
timeout = 1s
[scenario s]
executor = constant-arrival-rate
rate = 50/s
duration = 2s
max_vus = 1
when_busy = wait
max_waiting = 5
graceful_stop = 0s
""")
    result = h.onager(plan)
    t.match(r"raise max_waiting", " ".join(result.out.split()), "what to do")
    t.equal("--wait" in result.out, False, "no --wait")


def a_full_device_exits_with_6(t):
    server = h.TestServer()
    result = h.onager(server.url + "/", "-n", 5, "-o", "json=/dev/full")
    t.equal(result.code, 6, f"exit code: {result}")
    t.match(r"^onager: cannot write /dev/full: No space left on device$", result.err, "message")
    t.match(r"FINISHED", result.out, "the summary is printed all the same")
    good = h.summary_path()
    result = h.onager(server.url + "/", "-n", 5, "-o", "json=/dev/full", "-o", good)
    t.equal(result.code, 6, "exit code")
    valid(t, h.load_summary(good), "the other output is intact")
    result = h.onager(server.url + "/", "-n", 5, "-o", "json=/dev/full", "--threshold", "p95<1us")
    t.equal(result.code, 1, "a failed threshold comes first")


def a_full_disk_leaves_the_old_summary(t):
    server = h.TestServer()
    file = h.write("old.json", "old")
    before = set(os.listdir(h.directory()))
    small = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, small[1]))
    try:
        result = h.onager(server.url + "/", "-n", 5, "-o", file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, small)
    t.equal(result.code, 6, f"exit code: {result}")
    t.match(r"cannot write .*old\.json: File too large", result.err, "message")
    t.equal(h.read(file), "old", "the file")
    t.equal(set(os.listdir(h.directory())), before, "nothing half-written stays")


def a_directory_that_is_not_there_is_said_before_the_start(t):
    server = h.TestServer()
    result = h.onager(server.url + "/", "-n", 5, "-o", h.path("missing/x.json"))
    t.equal(result.code, 2, "exit code")
    t.match(r"^onager: cannot write .*/missing/x\.json: No such file or directory$", result.err, "message")
    t.equal(server.stats()["requests"], 0, "requests")


def json_on_standard_output_stands_there_alone(t):
    server = h.TestServer()
    result = h.onager(server.url + "/", "-n", 5, "-q", "-o", "json=-")
    t.equal(result.code, 0, f"exit code: {result}")
    valid(t, json.loads(result.out), "standard output")
    t.match(r"FINISHED", result.err, "the summary for people")


def a_summary_that_nobody_can_read_exits_with_6(t):
    server = h.TestServer()
    with open("/dev/full", "w", encoding="ascii") as full:
        child = h.start([h.ONAGER, server.url + "/", "-n", "5", "-q"], stdout=full, stderr=subprocess.PIPE)
        err = child.communicate(timeout=h.LIMIT_S)[1].decode()
    t.equal(child.returncode, 6, "exit code")
    t.match(r"cannot write the summary", err, "message")


def what_a_command_could_not_print_exits_with_6(t):
    for words in (["version"], ["help", "run"], ["explain", "lag"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            child = h.start([h.need_built(h.ONAGER), *words], stdout=full, stderr=subprocess.PIPE)
            err = child.communicate(timeout=h.LIMIT_S)[1].decode()
        t.equal((child.returncode, err), (6, "onager: cannot write to the standard output\n"), " ".join(words))


def closed_standard_files_are_never_a_connection_or_an_output(t):
    server = h.TestServer()
    file = h.summary_path()
    child = h.start(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", h.need_built(h.ONAGER), server.url + "/", "-c", "2", "-d", "30s",
                     "--progress", "-o", "json=" + file])
    h.wait_for("requests arrive", lambda: server.stats()["requests"] > 2)
    for number in range(3):
        t.equal(os.readlink(f"/proc/{child.pid}/fd/{number}"), "/dev/null", f"descriptor {number}")
    t.equal(h.end(child), 4, "exit code")
    valid(t, h.load_summary(file), "the summary in the file")
    server.stop()


h.main(globals())
