"""What the program says to a person who made a mistake, and how it exits: the situations of the design, on the real program."""

import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import fcntl

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "e2e"))
import harness as h  # noqa: E402

URL = "http://127.0.0.1:8080/"


def refused(t, code, message, *args, **kwargs):
    """It exits with `code`, prints nothing on standard output and the message, with one blank for any white space, on the other."""
    result = h.onager(*args, **kwargs)
    t.equal(result.code, code, f"exit code: {result}")
    t.equal(result.out, "", "standard output")
    said = re.sub(r"\s+", " ", result.err).strip()
    t.true(said.endswith(message), f"expected {message!r}, got {said!r}")


def a_missing_scheme_is_taken_and_said(t):
    server = h.TestServer()
    child = h.start([h.need_built(h.ONAGER), f"localhost:{server.port}/api/users"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    h.wait_for("requests", lambda: server.stats()["requests"] > 5)
    child.send_signal(signal.SIGINT)
    err = child.communicate(timeout=h.LIMIT_S)[1].decode()
    t.equal(child.returncode, 4, "exit code")
    t.match(rf"^onager: no scheme given, taking http://localhost:{server.port}/api/users\n"
            r"        50/s for 30s with up to 50 VUs; -c, -r, -d change it$", err, "note")


def a_port_that_refuses_is_counted_and_explained(t):
    unused, port = h.free_port()
    result = h.onager(f"http://127.0.0.1:{port}/", "-d", "1s", "--progress")
    unused.close()
    t.equal(result.code, 1, "exit code")
    t.match(rf"^onager: all 50 requests failed: connection refused by 127\.0\.0\.1:{port}\n"
            rf"        is the server running\? curl -v http://127\.0\.0\.1:{port}/ shows more$", result.err, "message")
    t.match(r"^  all +50 +[\d.]+ +100 %", result.out, "the summary")


def on_a_terminal(args, columns):
    """What the program writes to standard error, a terminal of so many columns; its exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    child = h.start([h.need_built(h.ONAGER), *args], stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:
            break
        if not more:
            break
        seen += more
    os.close(ours)
    return child.wait(h.LIMIT_S), seen.decode()


def the_progress_line_stands_on_one_line_of_the_terminal(t):
    unused, port = h.free_port()
    code, seen = on_a_terminal([f"http://127.0.0.1:{port}/", "-d", "1s", "--progress"], 80)
    unused.close()
    t.equal(code, 1, "exit code")
    before, after = seen.split("\r\n", 1)[0], seen.split("\r\n", 1)[1]
    lines = [line.rstrip() for line in before.split("\r") if line]
    t.true(len(lines) >= 2, f"it is drawn again and again: {seen!r}")
    t.true(all(len(line) < 80 for line in lines), "width")
    t.match(r"^00:01/00:01 FINISHED █+ [\d.]+/s  \d+ VUs  100% failed  p95 -  no thresholds  (VALID|DEGRADED)$", lines[-1], "last")
    t.match(r"^onager: all 50 requests failed", after, "message below")
    t.true("\033" not in seen, "no control sequence")


def long_messages_are_wrapped_between_words_on_a_terminal(t):
    code, seen = on_a_terminal([URL, "--threshold", "http_req_durations: p(95)<500"], 80)
    t.equal(code, 3, "exit code")
    lines = seen.replace("\r\n", "\n").rstrip("\n").split("\n")
    t.true(len(lines) == 2 and all(len(line) < 80 for line in lines), f"two lines: {lines}")
    t.true(lines[1].startswith("        "), "the second is indented")


def a_number_behind_q_is_no_rate(t):
    for args in (("-q", "100"), ("-q100",), ("--quiet", "100")):
        refused(t, 2, "onager: -q is --quiet and takes no number; a rate is -r 100 (hey, oha: -q)", URL, *args)


def a_body_behind_d_is_no_duration(t):
    refused(t, 2, 'onager: -d wants a duration such as 30s, got "{"a":1}"; the body is -b', URL, "-d", '{"a":1}')


def an_unknown_metric_names_the_nearest(t):
    refused(t, 3, 'onager: unknown metric "http_req_durations": did you mean "http_req_duration"? man onager-metrics lists all', URL,
            "--threshold", "http_req_durations: p(95)<500")


SHOP = """[plan]
base_url = http://127.0.0.1:8080
[request list]
url = /
[scenario a]
executor = constant-vus
stagse = 30s:50
duration = 1s
mix = list:1
[scenario b]
executor = constant-arrival-rate
rate     = fast
duration = 3m
[scenario c]
executor = constant-vus
duration = 1s
mix = pay:1
"""


def every_mistake_of_a_plan_has_its_place(t):
    file = h.write("shop.ini", SHOP)
    result = h.onager("check", file)
    t.equal(result.code, 3, f"exit code: {result}")
    t.equal(result.out, "", "standard output")
    lines = result.err.rstrip("\n").split("\n")
    t.match(rf'^{re.escape(file)}:7:1: unknown key "stagse"', lines[0], "unknown key")
    t.match(rf'^{re.escape(file)}:12:12: rate: expected .*, got "fast"$', lines[1], "no rate")
    t.match(rf"^{re.escape(file)}:17:\d+: .*\[request pay\]", lines[-2], "no request")
    t.match(rf"^{len(lines) - 1} mistakes in {re.escape(file)}$", lines[-1], "count")
    run = h.onager(file)
    t.equal((run.code, run.err), (3, result.err), "run says the same")


def a_good_plan_has_no_mistakes(t):
    file = h.write("good.ini", "[plan]\nbase_url = http://127.0.0.1:8080\n[request list]\nurl = /\n[scenario a]\n"
                               "executor = constant-arrival-rate\nrate = 10/s\nduration = 3m\n")
    result = h.onager("check", file)
    t.equal((result.code, result.err), (0, ""), f"{result}")
    t.match(r"good\.ini: no mistakes; 1 request, 1 scenario, 0 thresholds, at most 3m0s, 1,800 iterations$", result.out, "what it is")


def a_file_limit_that_cannot_be_raised_is_said_with_a_way_out(t):
    def limited(vus, *more, files=256):
        command = ["sh", "-c", f'ulimit -n {files} && exec "$0" "$@"', h.need_built(h.ONAGER), "http://127.0.0.1:1/", "-c", str(vus),
                   "-n", str(vus), *more]
        child = h.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        err = child.communicate(timeout=h.LIMIT_S)[1].decode()
        return child.returncode, err

    code, err = limited(500)
    t.equal(code, 2, "exit code: " + err)
    found = t.match(r"^onager: 500 VUs need (\d+) files, the limit is 256 and cannot be raised:\n        ulimit -n (\d+), or -c (\d+)$", err,
                    "message")
    need, limit, vus = (int(x) for x in found.groups())
    t.true(limit >= need > 500, "the limit it names is enough")
    code, err = limited(vus)
    t.true(code == 1 and "cannot be raised" not in err, f"the VUs it names can run: {code} {err}")
    code, err = limited(500, "--connections", "shared:200")
    t.equal(code, 2, "exit code: " + err)
    found = t.match(r"^onager: 200 shared connections need \d+ files, the limit is 256 and cannot be raised:\n"
                    r"        ulimit -n \d+, or --connections (\d+)$", err, "message about shared connections")
    code, err = limited(500, "--connections", found[1])
    t.true(code == 1 and "cannot be raised" not in err, f"the connections it names can run, with more VUs than files: {code} {err}")
    code, err = limited(1, files=50)
    t.equal(code, 2, "exit code: " + err)
    t.match(r"^onager: 1 VU needs \d+ files, the limit is 50 and cannot be raised:\n        ulimit -n \d+$", err, "message about one")


def a_soft_limit_is_raised(t):
    unused, port = h.free_port()
    child = h.start(["sh", "-c", 'ulimit -S -n 64 && exec "$0" "$@"', h.need_built(h.ONAGER), f"http://127.0.0.1:{port}/", "-c", "100", "-n", "100"],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = (x.decode() for x in child.communicate(timeout=h.LIMIT_S))
    unused.close()
    t.equal(child.returncode, 1, err)
    t.match(r"^Errors    100  refused$", out, "no descriptor was missing")


def what_is_no_target_is_said(t):
    refused(t, 2, 'onager: there is no command "chekc": did you mean "check"? (a host of that name: http://chekc/)', "chekc")
    refused(t, 2, 'onager: the target is a URL or a plan file, got "50"', "50")
    refused(t, 2, 'onager: one target at a time: got "http://a/" and "http://b/"', "http://a/", "http://b/")
    refused(t, 2, "onager: what to run? a URL or a plan file: onager http://localhost:8080/", "-c", "5")
    refused(t, 2, "onager: the command comes first: onager check ...", "-q", "check")
    refused(t, 2, 'onager: nothing is called "runn": did you mean "run"?', "help", "runn")


def text_of_the_command_line_cannot_steer_the_terminal(t):
    result = h.onager(URL, "--\033]0;x\a\u202e\u009b1m")
    t.equal(result.code, 2, "exit code")
    t.true("\033" not in result.err and "\a" not in result.err and "\u202e" not in result.err and "\u009b" not in result.err, result.err)
    t.match(r"\\x1b\]0;x\\x07\\u\{202e\}\\u\{9b\}1m", result.err, "made visible")


def where_no_dashboard_can_be_that_is_said_before_the_start(t):
    server = h.TestServer()
    child = h.start([h.need_built(h.ONAGER), server.url + "/", "--tui"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    err = child.communicate(timeout=h.LIMIT_S)[1].decode()
    t.equal(child.returncode, 2, "exit code")
    t.match(r"wants a terminal|built without the dashboard", err, "message")
    t.equal(server.stats()["requests"], 0, "requests")
    refused(t, 2, "onager: --paused waits for a key of the dashboard, and there is none here", server.url + "/", "-q", "--paused")


h.main(globals())
