"""A run that waits costs next to nothing, and connects that fail leave no descriptor behind."""

import os
import socket
import time

import harness as h
import terminal

OPEN = 100
WATCHED_S = 3.0
SHARE_MAX = 0.01  # of a core, all threads but the one that draws


def engine_cpu_ns(pid):
    """CPU time of all threads but the main one, which draws the dashboard."""
    return sum(h.cpu_ns(pid, int(tid)) for tid in os.listdir(f"/proc/{pid}/task") if int(tid) != pid)


def a_hundred_idle_connections_cost_under_one_percent(t):
    nginx = h.Nginx()
    pane = terminal.Terminal([h.need_built(h.ONAGER), nginx.url + "/", "-c", OPEN, "-d", "10m", "--tui"])
    pane.wait_match("RUNNING")
    h.wait_for("every VU has its connection", lambda: len({row[4] for row in nginx.lines()}) >= OPEN)
    pane.keys("p")
    pane.wait_match("PAUSED")
    pid = pane.program_pid()
    h.wait_for("nothing is under way", lambda: quiet(nginx))
    before, at, files = engine_cpu_ns(pid), time.monotonic(), h.descriptors(pid)
    h.wait_for("the time is over", lambda: time.monotonic() - at >= WATCHED_S)
    share = (engine_cpu_ns(pid) - before) / 1e9 / (time.monotonic() - at)
    h.note(f"{share * 100:.3f} % of a core with {OPEN} connections, {files} descriptors")
    t.true(files >= OPEN, "the connections are open")
    t.true(share < SHARE_MAX * (10 if h.SANITIZED else 1), f"{share * 100:.2f} % of a core")
    t.equal(h.descriptors(pid), files, "descriptors")
    pane.keys("C-c")
    pane.wait_end()
    pane.stop()


_last = [0, 0.0]


def quiet(nginx):
    """No new line in the log for half a second."""
    count = nginx.count()
    if count != _last[0]:
        _last[:] = [count, time.monotonic()]
    return time.monotonic() - _last[1] > 0.5


def leaves_no_descriptor(t, url, iterations, kind, *more):
    """The descriptors after a run are those after another run, and no more than before the first connect."""
    file = h.summary_path()
    pane = terminal.Terminal([h.need_built(h.ONAGER), url, "-n", iterations, "-c", 50, "--paused", "--tui", "--out", "json=" + file, *more])
    pane.wait_match("READY")
    pid = pane.program_pid()
    counts = [h.descriptors(pid)]
    for key, name in (("Enter", file), ("r", file.replace(".json", ".2.json"))):
        pane.keys(key)
        h.wait_for("the summary is written", lambda n=name: os.path.exists(n) and h.read(n).rstrip().endswith("}"), 120)
        pane.wait_match("FINISHED")
        counts.append(h.descriptors(pid))
        summary = h.load_summary(name)
        h.books(t, summary)
        requests = summary["counts"]["requests"]
        if kind is None:
            t.equal(requests["ok"], iterations, "answered")
        else:
            t.equal(requests["errors"], {kind: iterations}, "errors")
    pane.keys("q")
    pane.wait_end()
    pane.stop()
    h.note(f"descriptors before, after the first and after the second run: {counts}")
    t.equal(counts[2], counts[1], "descriptors after the second run")
    t.true(counts[1] <= counts[0], f"descriptors after {iterations} connects: {counts}")


def a_thousand_refused_connects_leave_no_descriptor(t):
    held, port = h.free_port()
    leaves_no_descriptor(t, f"http://127.0.0.1:{port}/", 1000, "refused")
    held.close()


def connects_that_time_out_leave_no_descriptor(t):
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    filler = socket.create_connection(full.getsockname())
    leaves_no_descriptor(t, "http://127.0.0.1:%d/" % full.getsockname()[1], 1000, "timeout_connect", "--timeout", "100ms")
    filler.close()
    full.close()


def connects_with_two_addresses_leave_no_descriptor(t):
    try:
        addresses = {a[4][0] for a in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)}
    except socket.gaierror:  # no file of hosts
        addresses = set()
    if not {"127.0.0.1", "::1"} <= addresses:
        raise h.Skip("localhost has one address here")
    server = h.TestServer()
    leaves_no_descriptor(t, f"http://localhost:{server.port}/until-close", 1000, None)


h.main(globals())
