"""The dashboard as a person uses it: what it shows, what the keys do to the load, and that it leaves the terminal as it was.
Numbers are read off the screen and compared digit for digit with the summary and with nginx's log."""

import os
import re
import signal
import time

import harness as h
import terminal

SIZES = ((120, 40), (80, 24))

PLAN = """
[plan]
name = Trial
base_url = {url}
[request good]
url = /
[request gone]
url = /missing
[request busy]
url = /busy
[scenario main]
{scenario}
mix = good:90, gone:7, busy:3
[thresholds]
http_req_duration = p(95)<10000
"""
OPEN = "executor = constant-arrival-rate\nrate = 100/s\nduration = 10m\npre_allocated_vus = 10\nmax_vus = 50"
BOUNDED = "executor = shared-iterations\nvus = 5\niterations = 3217"

_plans = 0


def open_dashboard(url, scenario=OPEN, size=(120, 40), options=(), stdout=None):
    global _plans
    _plans += 1
    plan = h.write(f"trial-{_plans}.ini", PLAN.format(url=url, scenario=scenario))
    file = h.summary_path()
    pane = terminal.Terminal([h.need_built(h.ONAGER), plan, "--tui", "--out", "json=" + file, *options], *size, stdout=stdout)
    return pane, file


def row(screen, name):
    """Count and failed share of a row of the requests table: ("3,217", "9.98 %")."""
    found = re.search(rf"(?:^| ){name} +([\d,]+) +[\d.,]+ +([\d.]+ %)", screen, re.M)
    if found is None:
        raise h.Failure(f"no row {name} on the screen\n{screen}")
    return found[1], found[2]


def finish(t, pane, code, summary_shows):
    """After the program was told to end: exit code, clean terminal, summary on the normal screen."""
    t.equal(pane.wait_end(), code, "exit code")
    pane.clean(t)
    t.match(summary_shows, pane.screen(history=True), "the summary")
    pane.stop()


# ---- what it shows ----

def a_running_dashboard_shows_graph_vus_p95_and_verdict(t):
    nginx = h.Nginx()
    for size in SIZES:
        pane, _ = open_dashboard(nginx.url, size=size)
        pane.wait_match(r"Trial +▶ RUNNING +00:0[1-9] of 10:00")
        text = pane.wait("a sparkline", lambda s: re.search(r"[▁▂▃▄▅▆▇█]{2}", s))
        for pattern in (r"VUs", r"p95 .*\d(ms|µs|s)\b", r"\b(VALID|DEGRADED)\b", r"^ *all +[\d,]+"):
            t.match(pattern, text, f"{size[0]}x{size[1]}")
        lines = text.rstrip("\n").split("\n")
        t.equal(len(lines) <= size[1], True, "lines")
        pane.keys("C-c")
        finish(t, pane, 4, r"STOPPED")


def numbers_on_the_screen_equal_summary_and_log(t):
    for size in SIZES:
        nginx = h.Nginx()
        pane, file = open_dashboard(nginx.url, BOUNDED, size)
        pane.wait_match(r"FINISHED")
        h.wait_for("the summary is written", lambda f=file: os.path.exists(f) and h.read(f).rstrip().endswith("}"))
        summary = h.load_summary(file)
        text = pane.wait("the final count", lambda s: re.search(r"^ *all +3,217 ", s, re.M))
        nginx.stop()
        label = f"{size[0]}x{size[1]}: "
        statuses = nginx.statuses()
        requests = summary["counts"]["requests"]
        failed = statuses["404"] + statuses["503"]
        t.equal(nginx.count(), 3217, label + "nginx's log")
        t.equal(summary["status"], statuses, label + "statuses in the summary")
        t.equal(requests["sent"], 3217, label + "sent in the summary")
        t.equal(requests["failed_status"], failed, label + "failed in the summary")
        t.equal(row(text, "all"), ("3,217", terminal.percent(failed, 3217)), label + "row all")
        for name, code in (("good", "200"), ("gone", "404"), ("busy", "503")):
            share = "0 %" if code == "200" else "100 %"
            t.equal(row(text, name), (terminal.digits(statuses[code]), share), label + "row " + name)
        if size == (120, 40):
            for code, count in statuses.items():
                found = t.match(rf"^ *{code} [A-Za-z ]+?([\d,]+) +([\d.]+ %)", text, label + "status panel")
                t.equal(found.groups(), (terminal.digits(count), terminal.percent(count, 3217)), label + "status " + code)
        pane.keys("q")
        finish(t, pane, 0, r"^Trial +FINISHED")


# ---- what keys do to the load ----

def settle(nginx):
    """The number of requests once it has not changed for half a second."""
    last = [-1, 0.0]

    def still():
        count = nginx.count()
        if count != last[0]:
            last[:] = [count, time.monotonic()]
        return time.monotonic() - last[1] > 0.5

    h.wait_for("nginx's log stands still", still)
    return last[0]


def paused_the_log_stands_still_and_goes_on_after(t):
    nginx = h.Nginx()
    pane, _ = open_dashboard(nginx.url)
    h.wait_for("requests", lambda: nginx.count() > 20)
    pane.keys("p")
    pane.wait_match(r"PAUSED")
    count = settle(nginx)
    since = time.monotonic()
    h.wait_for("two seconds are over", lambda: time.monotonic() - since > 2)
    t.equal(nginx.count(), count, "requests while paused")
    pane.keys("p")
    pane.wait_match(r"RUNNING")
    h.wait_for("requests go on", lambda: nginx.count() > count + 20)
    pane.keys("C-c")
    finish(t, pane, 4, r"STOPPED")


def a_rerun_starts_from_zero(t):
    nginx = h.Nginx()
    pane, file = open_dashboard(nginx.url)
    pane.wait("some hundred requests", lambda s: (m := re.search(r"^ *all +([\d,]+)", s, re.M)) and terminal.number(m[1]) > 300)
    pane.keys("s")
    pane.wait_match(r"STOPPED")
    first = settle(nginx)
    first_shown = terminal.number(row(pane.screen(), "all")[0])
    t.equal(first_shown, first, "requests of the first run")
    pane.keys("r")
    text = pane.wait_match(r"RUNNING +00:0\d of 10:00")
    shown = re.search(r"^ *all +([\d,]+)", text, re.M)
    t.true(shown is None or terminal.number(shown[1]) < first, "the count began again")
    h.wait_for("requests of the second run", lambda: nginx.count() > first + 50)
    pane.keys("s")
    pane.wait_match(r"STOPPED")
    second = settle(nginx) - first
    pane.wait("the count of the second run", lambda s: re.search(rf"^ *all +{terminal.digits(second)} ", s, re.M))
    pane.keys("q")
    t.equal(pane.wait_end(), 4, "exit code")
    pane.stop()
    stem, ending = os.path.splitext(file)
    for number, (name, count) in enumerate(((file, first), (f"{stem}.2{ending}", second)), 1):
        summary = h.load_summary(name)
        h.books(t, summary, f"run {number}: ")
        t.equal(summary["counts"]["requests"]["sent"], count, f"run {number}: sent")
        t.equal(summary["run"]["state"], "stopped", f"run {number}: state")


def the_size_can_change_while_it_runs(t):
    nginx = h.Nginx()
    pane, _ = open_dashboard(nginx.url)
    pane.wait_match("RUNNING")
    for width, height in ((80, 24), (40, 10), (10, 3), (1, 1), (200, 50), (120, 40)):
        pane.resize(width, height)
        if width >= 80:
            pane.wait(f"{width}x{height}", lambda s: re.search(r"(^| ) *all +[\d,]+ ", s, re.M) and "RUNNING" in s)
    pane.keys("C-c")
    finish(t, pane, 4, r"STOPPED")


# ---- ways to leave ----

def ctrl_c_once_stops_and_leaves_a_clean_terminal_and_the_summary(t):
    nginx = h.Nginx()
    pane, file = open_dashboard(nginx.url)
    h.wait_for("requests", lambda: nginx.count() > 20)
    pane.keys("C-c")
    finish(t, pane, 4, r"^Trial +STOPPED after")
    summary = h.load_summary(file)
    nginx.stop()
    h.books(t, summary)
    t.equal(summary["run"]["state"], "stopped", "state")
    t.equal(summary["counts"]["requests"]["sent"], nginx.count(), "sent")


def ctrl_c_twice_ends_at_once(t):
    server = h.TestServer()
    file = h.summary_path()
    pane = terminal.Terminal([h.need_built(h.ONAGER), server.url + "/never", "-c", "3", "-d", "10m", "--timeout", "9m", "--tui", "--out",
                              "json=" + file])
    h.wait_for("requests", lambda: server.stats()["requests"] == 3)
    pane.keys("C-c")
    pane.wait_match("STOPPING")
    pane.keys("C-c")
    finish(t, pane, 4, r"STOPPED after")
    summary = h.load_summary(file)
    h.books(t, summary)
    t.equal(summary["counts"]["requests"]["interrupted"], 3, "interrupted")
    t.equal(summary["counts"]["requests"]["sent"], 3, "sent")


def sigterm_leaves_a_clean_terminal_and_the_summary(t):
    nginx = h.Nginx()
    pane, file = open_dashboard(nginx.url)
    h.wait_for("requests", lambda: nginx.count() > 20)
    os.kill(pane.program_pid(), signal.SIGTERM)
    finish(t, pane, 4, r"^Trial +STOPPED after")
    summary = h.load_summary(file)
    nginx.stop()
    t.equal(summary["counts"]["requests"]["sent"], nginx.count(), "sent")


def q_asks_while_it_runs_and_then_stops_and_leaves(t):
    nginx = h.Nginx()
    pane, file = open_dashboard(nginx.url)
    h.wait_for("requests", lambda: nginx.count() > 20)
    pane.keys("q")
    pane.wait_match(r"Leave\?")
    pane.keys("Escape")
    pane.wait("the question is gone", lambda s: "Leave?" not in s and "RUNNING" in s)
    pane.keys("q")
    pane.wait_match(r"Leave\?")
    pane.keys("s")
    finish(t, pane, 4, r"^Trial +STOPPED after")
    summary = h.load_summary(file)
    nginx.stop()
    h.books(t, summary)
    t.equal(summary["counts"]["requests"]["sent"], nginx.count(), "sent")


def the_dashboard_can_be_left_while_the_run_goes_on(t):
    nginx = h.Nginx()
    pane, file = open_dashboard(nginx.url, OPEN.replace("10m", "6s"))
    h.wait_for("requests", lambda: nginx.count() > 20)
    pane.keys("q")
    pane.wait_match(r"Leave\?")
    pane.keys("l")
    h.wait_for("the dashboard is left", lambda: pane.flag("alternate_on") == "0")
    finish(t, pane, 0, r"^Trial +FINISHED after")
    nginx.stop()
    t.equal(h.load_summary(file)["counts"]["requests"]["sent"], 600, "sent: all arrivals of 6 s")
    t.equal(nginx.count(), 600, "nginx's log")


def q_at_the_end_leaves_a_clean_terminal_and_the_summary(t):
    nginx = h.Nginx()
    pane, _ = open_dashboard(nginx.url, BOUNDED, (80, 24))
    pane.wait_match("FINISHED")
    pane.keys("q")
    finish(t, pane, 0, r"^Trial +FINISHED after")


def a_closed_terminal_stops_the_run_and_writes_the_summary(t):
    nginx = h.Nginx()
    pane, file = open_dashboard(nginx.url)
    h.wait_for("requests", lambda: nginx.count() > 20)
    pid = pane.program_pid()
    pane.close()
    h.wait_for("the program ends", lambda: not os.path.exists(f"/proc/{pid}"))
    pane.stop()
    summary = h.load_summary(file)
    nginx.stop()
    h.books(t, summary)
    t.equal(summary["run"]["state"], "stopped", "state")
    t.equal(summary["counts"]["requests"]["sent"], nginx.count(), "sent")


def a_program_that_is_killed_by_a_crash_leaves_a_clean_terminal(t):
    if h.SANITIZED:
        raise h.Skip("a sanitizer has the signals of crashes")
    nginx = h.Nginx()
    pane, _ = open_dashboard(nginx.url)
    h.wait_for("requests", lambda: nginx.count() > 20)
    os.kill(pane.program_pid(), signal.SIGABRT)
    t.true(pane.wait_end() >= 128, "ended by the signal")
    pane.clean(t)
    pane.stop()


def ctrl_z_gives_the_terminal_back_and_takes_it_again(t):
    nginx = h.Nginx()
    plan = h.write("suspend.ini", PLAN.format(url=nginx.url, scenario=OPEN))
    pane = terminal.Terminal(["bash", "--norc", "-i"])
    pane.wait_match(r"[$#] *$")
    pane.keys(f"{h.need_built(h.ONAGER)} {plan} --tui", "Enter")
    pane.wait_match("RUNNING")
    pane.keys("C-z")
    pane.wait_match(r"Stopped")
    t.equal(pane.flag("alternate_on"), "0", "alternate screen")
    pane.keys("fg", "Enter")
    pane.wait_match("RUNNING")
    pane.keys("C-c")
    pane.wait_match("STOPPED after")
    pane.keys("exit", "Enter")
    pane.wait_end()
    pane.clean(t)
    pane.stop()


h.main(globals())
