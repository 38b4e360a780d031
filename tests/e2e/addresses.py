"""Names with several addresses, some of them dead, and names that change their addresses during the run."""

import json
import os
import shutil
import subprocess
import sys
import time

import harness as h
import places
import secure


def addresses(summary):
    """By address: the row of the summary, without the port in its name."""
    return {row["address"].rsplit(":", 1)[0].strip("[]"): row for row in summary["addresses"]}


def warnings(summary):
    return [a["text"] for a in summary["annotations"] if a["kind"] == "warning" and a["by"] == "onager"]


# ---- dead addresses ----

def two_living_addresses_share_the_connections(t):
    web = places.Web("127.0.0.1", "127.0.0.2")
    result, summary = h.measure(f"http://two.test:{web.port}/", "--resolve", f"two.test:{web.port}:127.0.0.1,127.0.0.2", "-n", 200,
                                "-c", 4, "--disable-keepalive", "-t", 2)
    h.books(t, summary)
    t.equal((web.count("127.0.0.1"), web.count("127.0.0.2")), (100, 100), f"requests by address ({result})")
    t.equal({a: r["connections"] for a, r in addresses(summary).items()}, {"127.0.0.1": 100, "127.0.0.2": 100}, "connections in the summary")
    t.equal(warnings(summary), [], "warnings")
    web.stop()


def with_one_dead_address_of_three(t, seconds, count):
    """An open model with a connection for each request: (result, summary, web); the rate must hold."""
    result, summary = None, None
    web = places.Web("127.0.0.1", "127.0.0.2")
    dead = count(web.port)
    try:
        result, summary = h.measure(f"http://three.test:{web.port}/", "--resolve", f"three.test:{web.port}:127.0.0.3,127.0.0.1,127.0.0.2",
                                    "-r", 100, "-d", f"{seconds}s", "--disable-keepalive", "--summary", "full")
    finally:
        web.stop()
        if dead:
            dead.stop()
    h.books(t, summary)
    counts = summary["counts"]
    t.equal(counts["iterations"]["planned"], 100 * seconds, "planned")
    t.equal(counts["requests"]["ok"], 100 * seconds - counts["iterations"]["dropped_by"]["stall"], f"answered ({result})")
    t.equal(counts["iterations"]["dropped_by"]["no_vu"], 0, "dropped, as every VU was waiting")
    share = (web.count("127.0.0.1"), web.count("127.0.0.2"))
    t.equal(sum(share), counts["requests"]["ok"], "requests that the servers saw")
    t.true(min(share) > 0.35 * sum(share), f"they are spread: {share}")
    t.equal(len(warnings(summary)), 1, f"one warning: {warnings(summary)}")
    t.true(f"three.test: 127.0.0.3:{web.port} fails" in warnings(summary)[0], f"it names the address: {warnings(summary)}")
    t.true("passed over" in result.out and "127.0.0.3" in result.out, "the result names it")
    t.equal(addresses(summary)["127.0.0.3"]["passed_over"], True, "passed over")
    return summary


def a_dead_address_is_named_and_costs_no_request(t):
    summary = with_one_dead_address_of_three(t, 4, lambda port: None)
    dead = addresses(summary)["127.0.0.3"]
    t.equal(dead["connections"], 0, "connections")
    t.true(1 <= dead["failed"]["refused"] <= 8, f"it is tried now and then, not every time: {dead}")


def a_silent_address_costs_a_head_start_now_and_then(t):
    summary = with_one_dead_address_of_three(t, 4, lambda port: places.Silent("127.0.0.3", port))
    dead = addresses(summary)["127.0.0.3"]
    t.true(1 <= dead["failed"]["timeout_connect"] <= 40, f"it is tried now and then: {dead}")
    t.true(summary["metrics"]["http_req_connecting"]["p50"] < 200, "most connects wait for nobody")


def without_fallback_the_share_of_a_dead_address_fails(t):
    web = places.Web("127.0.0.1")
    for transport in ("http1", "curl"):
        plan = h.write("alone.ini", f"[http]\nreuse = none\ntransport = {transport}\n[dns]\nfallback = no\n"
                                    f"resolve.two.test = 127.0.0.1, 127.0.0.3\n[request a]\nurl = http://two.test:{web.port}/\n"
                                    f"[scenario s]\nexecutor = shared-iterations\niterations = 40\n")
        _, summary = h.measure(plan)
        h.books(t, summary)
        t.equal((summary["counts"]["requests"]["ok"], secure.kinds(summary)), (20, {"refused": 20}), "requests by " + transport)
        t.equal(addresses(summary)["127.0.0.3"]["failed"], {"refused": 20}, "by address")
    web.stop()


def all_addresses_dead_is_a_failure_of_the_requests(t):
    web = places.Web("127.0.0.1")
    web.stop()
    result, summary = h.measure(f"http://two.test:{web.port}/", "--resolve", f"two.test:{web.port}:127.0.0.1,127.0.0.2", "-n", 10, "-c", 1)
    h.books(t, summary)
    t.equal(result.code, 1, "exit code")
    t.equal(secure.kinds(summary), {"refused": 10}, "faults")


def an_address_that_answers_again_gets_its_share_back(t):
    web = places.Web("127.0.0.1")
    file = h.summary_path()
    child = h.start([h.need_built(h.ONAGER), f"http://two.test:{web.port}/", "--resolve", f"two.test:{web.port}:127.0.0.1,127.0.0.2", "-r", "50",
                     "-d", "6s", "--disable-keepalive", "--quiet", "-o", "json=" + file], stdout=subprocess.DEVNULL)
    h.wait_for("requests", lambda: web.count("127.0.0.1") >= 20)
    late = places.Web("127.0.0.2", port=web.port)
    t.equal(child.wait(60), 0, "exit code")
    summary = h.load_summary(file)
    t.true(late.count("127.0.0.2") > 20, f"it has a share again: {late.count('127.0.0.2')}")
    t.true(any("127.0.0.2" in a["text"] and "answers again" in a["text"] for a in summary["annotations"]), f"said: {summary['annotations']}")
    t.equal(addresses(summary)["127.0.0.2"]["passed_over"], False, "passed over")
    web.stop()
    late.stop()


def a_host_that_a_redirect_names_is_looked_up(t):
    web = places.Web("127.0.0.1")
    web.respond = lambda target, host: None if host.startswith("localhost") else (
        b"HTTP/1.1 302 Found\r\nLocation: http://localhost:%d/there\r\nContent-Length: 0\r\n\r\n" % web.port)
    result, summary = h.measure(f"http://127.0.0.1:{web.port}/", "--follow", "-n", 10, "-c", 2)
    h.books(t, summary)
    t.equal(summary["counts"]["requests"]["ok"], 20, f"requests, hop by hop ({result})")
    t.true(summary["metrics"]["http_req_resolving"]["max"] > 0, "the look-up has its time")
    web.stop()


# ---- names that change: in a namespace whose file of hosts is ours ----

def in_own_hosts(t, scenario):
    """Runs this file again as INSIDE(scenario) where /etc/hosts can be changed; what it printed as JSON."""
    unshare = shutil.which("unshare", path=h.environment()["PATH"])
    if unshare is None or subprocess.run([unshare, "-rnm", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise h.Skip("no network and mount namespace can be made here")
    hosts = h.write("hosts", "127.0.0.1 moving.test\n127.0.0.9 unused.test\n")
    child = h.start([unshare, "-rnm", "sh", "-c", 'mount --bind "$1" /etc/hosts && ip link set lo up && exec "$2" "$3" inside "$4" "$1"', "sh",
                     hosts, sys.executable, os.path.abspath(__file__), scenario], stdout=subprocess.PIPE, stderr=subprocess.PIPE, mercy=True,
                    env=h.environment(top_builddir=h.BUILD, top_srcdir=h.SOURCE))
    out, err = child.communicate(timeout=h.LIMIT_S)
    t.equal(child.returncode, 0, f"exit code; {err.decode(errors='replace')}")
    return json.loads(out)


def rewrite(hosts, old, new):
    """In place and at once, as the file is mounted and may be read meanwhile."""
    with open(hosts, "r+b", buffering=0) as f:
        text = f.read()
        assert len(old) == len(new) and old in text
        os.pwrite(f.fileno(), text.replace(old, new), 0)


def inside(scenario, hosts):
    """Changes the name in the middle of a run; tells what happened."""
    web = places.Web("127.0.0.1", "127.0.0.2")
    plan = h.write("moving.ini", f"[http]\nreuse = none\n[dns]\nrefresh = 1s\n[request a]\nurl = http://moving.test:{web.port}/\n[scenario s]\n"
                                 f"executor = constant-arrival-rate\nrate = 50/s\nduration = 6s\n")
    file = h.summary_path()
    child = h.start([h.need_built(h.ONAGER), plan, "--quiet", "-o", "json=" + file], stdout=subprocess.DEVNULL)
    h.wait_for("requests", lambda: web.count("127.0.0.1") >= 50)
    if scenario == "change":
        rewrite(hosts, b"127.0.0.1 moving", b"127.0.0.2 moving")
    else:
        rewrite(hosts, b"moving.test", b"absent.test")
    changed = time.monotonic()
    code = child.wait(60)
    summary = h.load_summary(file)
    counts = summary["counts"]
    print(json.dumps({
        "code": code, "ok": counts["requests"]["ok"], "total": counts["requests"]["total"], "planned": counts["iterations"]["planned"],
        "missed": counts["iterations"]["dropped"],
        "last_old_s": max(s[0] for s in web.seen if s[1] == "127.0.0.1") - changed,
        "first_new_s": min((s[0] for s in web.seen if s[1] == "127.0.0.2"), default=0) - changed,
        "new": web.count("127.0.0.2"), "annotations": [[a["kind"], a["text"]] for a in summary["annotations"]],
        "addresses": summary["addresses"]}))
    web.stop()


def a_name_that_changes_its_address_is_followed_within_the_refresh_time(t):
    got = in_own_hosts(t, "change")
    t.equal((got["code"], got["ok"] + got["missed"]), (0, got["planned"]), f"every request is answered: {got}")
    t.true(got["new"] > 100, f"requests at the new address: {got['new']}")
    # a second for the refresh, the rest for a busy machine
    t.true(0 < got["first_new_s"] < 3, f"the new address was followed after {got['first_new_s']:.2f} s")
    t.true(got["last_old_s"] < got["first_new_s"] + 1, f"the old one was left after {got['last_old_s']:.2f} s")
    t.true(any(kind == "network" and "moving.test is now 127.0.0.2" in text for kind, text in got["annotations"]), f"said: {got['annotations']}")
    t.equal([a["current"] for a in got["addresses"] if a["address"].startswith("127.0.0.1:")], [False], "the old address is no longer current")


def a_refresh_that_fails_keeps_the_addresses_and_says_so_once(t):
    got = in_own_hosts(t, "fail")
    t.equal((got["code"], got["ok"] + got["missed"]), (0, got["planned"]), f"every request is answered: {got}")
    said = [text for kind, text in got["annotations"] if kind == "warning" and "cannot be looked up again" in text]
    t.equal(len(said), 1, f"warnings: {got['annotations']}")


if sys.argv[1:2] == ["inside"]:
    inside(*sys.argv[2:4])
else:
    h.main(globals())
