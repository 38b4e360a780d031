"""The verdict tells the truth about the generator. What a busy machine disturbs is tried again; what it cannot is asserted."""

import os
import signal
import time

import harness as h

# reasons that other load on this machine brings about
DISTURBANCES = {"lag", "stall", "steal", "cpu"}
LOSSY = os.path.join(h.BUILD, "tests", "e2e", "onager-lossy")


def codes(summary):
    return {reason["code"] for reason in summary["verdict"]["reasons"]}


def fifty_a_second_are_valid(t):
    nginx = h.Nginx()
    for _ in range(5):
        _, summary = h.measure(nginx.url + "/", "-r", "50/s", "-d", "3s")
        h.books(t, summary)
        t.equal(summary["counts"]["iterations"]["dropped"], 0, "dropped")
        if summary["verdict"]["level"] == "VALID":
            t.equal(codes(summary), set(), "reasons of a VALID run")
            return
        h.note(summary["verdict"])
        t.true(codes(summary) <= DISTURBANCES, f"only a busy machine may disturb it: {codes(summary)}")
    raise h.Skip("this machine was too busy five times")


def stop_for(pid, seconds):
    """Stops the process for at least so long; the instants of CLOCK_MONOTONIC around it."""
    began = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    h.wait_for("the process stands still", lambda: h.read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[0] == "T")
    stopped = time.monotonic()
    h.wait_for("the time is over", lambda: time.monotonic() - stopped >= seconds, every_s=0.005)
    os.kill(pid, signal.SIGCONT)
    return began, time.monotonic()


def a_process_that_stood_still_says_so_and_when(t):
    nginx = h.Nginx()
    file = h.summary_path()
    child = h.start([h.need_built(h.ONAGER), nginx.url + "/", "-r", "50/s", "-d", "5s", "--out", "json=" + file], stdout=h.subprocess.DEVNULL,
                    stderr=h.subprocess.DEVNULL)
    first = h.wait_for("the first requests", nginx.lines)[0][0]
    h.wait_for("two and a half seconds of the run", lambda: time.time() - first >= 2.5)
    began, ended = stop_for(child.pid, 0.3)
    offset = time.time() - time.monotonic()
    child.wait(60)
    summary = h.load_summary(file)
    verdict = summary["verdict"]
    h.note(verdict)
    t.equal(verdict["level"], "DEGRADED", "level")
    found = [r for r in verdict["reasons"] if r["code"] in ("stall", "stopped")]
    t.true(found, f"a reason names it: {verdict['reasons']}")
    # seconds of the run in which it stood still; a first request's stamp is within 0.1 s of the start
    low, high = began + offset - first - 0.2, ended + offset - first + 0.2
    hits = [r for r in found if r["from_s"] <= high and r["to_s"] >= low - 1]
    t.true(hits, f"a reason covers {low:.1f} to {high:.1f} s: {found}")
    seconds = {f"00:{int(s):02d}" for s in (low, high)}
    t.true(any(s in r["text"] for r in hits for s in seconds), f"its text names the second, one of {sorted(seconds)}: {hits}")
    h.books(t, summary)


def more_than_one_worker_can_send_is_degraded_and_names_why(t):
    nginx = h.Nginx(log=False)
    _, summary = h.measure(nginx.url + "/", "-r", "300000/s", "-t", 1, "-d", "2s")
    h.note(summary["verdict"])
    t.equal(summary["verdict"]["level"], "DEGRADED", "level")
    t.true(codes(summary) & {"dropped", "cpu"}, f"drops or the busy worker are named: {codes(summary)}")
    t.equal(summary["counts"]["iterations"]["planned"], 600000, "planned")
    t.equal(nginx.served(), summary["counts"]["requests"]["sent"], "requests at the server")
    h.books(t, summary)


def a_closed_loop_that_waits_for_the_client_names_the_busy_worker(t):
    server = h.TestServer()
    for _ in range(5):
        # hundreds of thousands of chunks to read in each answer, which the server made once
        _, summary = h.measure(server.url + "/chunked?size=2000000", "-c", 4, "-t", 1, "-d", "2s")
        h.books(t, summary)
        if "cpu" in codes(summary):
            t.equal(summary["verdict"]["level"], "DEGRADED", "level")
            return
        h.note(summary["verdict"])
    raise h.Skip("other load took the processor five times")


def a_lost_sample_is_invalid(t):
    nginx = h.Nginx(log=False)
    result, summary = h.measure(nginx.url + "/", "-n", 500, "--require-valid", program=h.need_built(LOSSY))
    t.equal(summary["verdict"]["level"], "INVALID", "level")
    t.true(codes(summary) & {"lost", "books"}, f"the reason: {codes(summary)}")
    t.equal(result.code, 8, "exit code")
    result, summary = h.measure(nginx.url + "/", "-n", 500, program=LOSSY)
    t.equal(result.code, 0, "exit code without --require-valid")
    result, summary = h.measure(nginx.url + "/", "-n", 500, "--require-valid")
    t.equal(result.code, 0, "exit code of the ordinary build")


h.main(globals())
