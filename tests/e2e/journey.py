"""Journeys: flows with data, values out of answers and checks, against the shop of the demo target, which checks all of it too, and
against nginx, whose log says what was sent."""

import collections
import json
import os
import re
import signal
import subprocess

import harness as h

EXAMPLE = os.path.join(h.SOURCE, "examples", "journey.ini")
GOLDEN = os.path.join(h.SOURCE, "tests", "cli", "golden", "once.txt")
SANITIZED_FACTOR = 10 if h.SANITIZED else 1


def serve():
    child = h.start([h.need_built(h.ONAGER), "demo", "--serve", "0"], stdout=subprocess.PIPE)
    return child, child.stdout.readline().decode().split("/ ")[0]


def example(url, **changes):
    """The example against a server of our own, with other values of keys."""
    text = h.read(EXAMPLE).replace("http://127.0.0.1:8080\n", url + "\n").replace("users.csv", os.path.join(h.SOURCE, "examples", "users.csv"))
    for key, value in changes.items():
        text = re.sub(rf"(?m)^{key}( *)=.*$", lambda m: f"{key}{m[1]}= {value}", text)
    return h.write("journey.ini", text)


def a_hundred_vus_shop_and_the_server_counts_the_same(t):
    child, url = serve()
    plan = example(url, vus=100 // SANITIZED_FACTOR, duration="4s")
    result, summary = h.measure(plan, "-t", "2", "--quiet", limit_s=120)
    t.equal(result.code, 0, f"exit code: {result}")
    h.books(t, summary)
    checks = summary["counts"]["checks"]
    t.equal(checks["fails"], 0, f"failed checks: {summary['checks']}")
    rows = {row["name"]: row for row in summary["requests"]}
    iterations = summary["counts"]["iterations"]
    t.equal(iterations["interrupted"], 0, "interrupted")
    t.true(iterations["completed"] > 100, "iterations")
    for name in rows:
        t.equal(rows[name]["count"], iterations["completed"], f"{name}: once in each iteration")
    t.equal({name: row["group"] for name, row in rows.items()},
            {"form": None, "login": None, "items": None, "add": "::cart", "pay": "::cart"}, "groups")
    t.equal(checks["passes"], 8 * iterations["completed"], "eight checks in each iteration")
    t.equal(sum(c["passes"] for c in summary["checks"]), checks["passes"], "checks by name")
    t.equal(summary["metrics"]["items"]["count"], iterations["completed"], "values of the metric of the plan's own")
    t.equal((summary["metrics"]["items"]["min"], summary["metrics"]["items"]["max"]), (5, 5), "items on the list")
    t.equal(summary["metrics"]["group_duration"]["count"], iterations["completed"], "groups measured")
    served = json.loads(h.get(url + "/api/stats"))["endpoints"]
    for endpoint, name in (("visit", "form"), ("login", "login"), ("items", "items"), ("cart", "add"), ("pay", "pay")):
        t.equal(served[endpoint], rows[name]["count"], f"what the server counted as {endpoint}")
    t.equal(summary["status"], {"200": 3 * iterations["completed"], "201": 2 * iterations["completed"]}, "statuses")
    h.end(child)


def once_shows_every_exchange_and_no_secret(t):
    child, url = serve()
    plan = h.write("once.ini", h.read(example(url)).replace("[request form]", "[secrets]\nSHOP_KEY = env SHOP_KEY\n\n[request form]\n"
                   "header.Authorization = Bearer ${secret:SHOP_KEY}\nheader.X-Trace = key=${secret:SHOP_KEY}"))
    result = h.onager(plan, "--once", "--http-debug=full", "--summary", "none", SHOP_KEY="a-very-secret-key")
    t.equal(result.code, 0, f"exit code: {result}")
    t.true("a-very-secret-key" not in result.err + result.out, "the secret is not shown")
    shown = re.sub(r"\(\d+\.\dms\)", "(N ms)", result.err).replace(url.replace("http://", ""), "HOST")
    shown = re.sub(r"Date: .*", "Date: D", shown)
    shown = re.sub(r"User-Agent: .*", "User-Agent: A", shown)
    if os.environ.get("ONAGER_GOLDEN"):
        with open(GOLDEN, "w", encoding="utf-8") as f:
            f.write(shown)
    t.equal(shown.splitlines(), h.read(GOLDEN).splitlines(), "what is shown")
    h.end(child)


def users(count):
    return h.write("rows.csv", "id,word\n" + "".join(f"{i},w{i}\n" for i in range(count)))


def unique(nginx, count, executor):
    return h.write("unique.ini", f"""[plan]
base_url = {nginx.url}
[data rows]
file = {users(count)}
mode = unique
[request row]
url = /?id=${{rows.id}}&word=${{rows.word}}
[scenario all]
{executor}
mix = row
""")


def every_row_is_sent_once_and_the_end_is_one_line(t):
    count = 20000 // SANITIZED_FACTOR
    for executor in ("executor = constant-vus\nvus = 40\nduration = 120s",
                     f"executor = constant-arrival-rate\nrate = {count // 4}/s\nduration = 60s\npre_allocated_vus = 40\nmax_vus = 400\nwhen_busy = wait"):
        nginx = h.Nginx()
        result, summary = h.measure(unique(nginx, count, executor), "-t", "4", "--quiet", limit_s=150)
        t.equal(result.code, 0, f"exit code: {result}")
        h.books(t, summary)
        nginx.stop()
        seen = collections.Counter(row[3] for row in nginx.lines())
        t.equal(len(seen), count, "different rows in the server's log")
        t.equal(set(seen.values()), {1}, "how often each was sent")
        t.true(f"/?id={count - 1}&word=w{count - 1}" in seen, "the last row")
        said = [x["text"] for x in summary["annotations"] if "used up" in x["text"]]
        t.equal(said, [f"data rows is used up: each of its {count:,} rows was taken once"], "the end of the data")
        t.equal(summary["run"]["state"], "finished", "state")
        t.match(rf"^Ended +data rows is used up: each of its {count:,} rows was taken once$", result.out, "in the summary")


def steps_repeat_branch_and_run_side_by_side(t):
    nginx = h.Nginx()
    plan = h.write("steps.ini", f"""[plan]
base_url = {nginx.url}
[variables]
kind = ${{random_choice(new, old)}}
[request a]
url = /?a
[request b]
url = /?b
[request new]
url = /?new
[request old]
url = /?old
[request gone]
url = /missing
expect = 404
[request never]
url = /?never
[flow all]
step = repeat 3 {{ request a; request b }}
step = if ${{kind}} == new {{ request new }} else {{ request old }}
step = parallel {{ request a; request a; request b }}
step = request gone
step = if status == 404 {{ request b }}
step = while status == 404 max 5 {{ request never }}
[scenario s]
executor = shared-iterations
vus = 4
iterations = 50
flow = all
""")
    result, summary = h.measure(plan, "--quiet")
    t.equal(result.code, 0, f"exit code: {result}")
    h.books(t, summary)
    nginx.stop()
    seen = collections.Counter(row[3] for row in nginx.lines())
    t.equal((seen["/?a"], seen["/?b"], seen["/missing"], seen["/?never"]), (250, 250, 50, 0), "requests")
    t.equal(seen["/?new"] + seen["/?old"], 50, "one of both branches")
    t.true(seen["/?new"] > 5 and seen["/?old"] > 5, f"each its turn: {seen}")


def a_value_that_is_missing_is_an_error_with_its_name(t):
    nginx = h.Nginx()
    plan = h.write("missing.ini", f"""[plan]
base_url = {nginx.url}
[request first]
url = /?first
extract.token = regex token=(\\w+)
[request second]
url = /?second=${{token}}
[flow f]
step = request first
step = request second
[scenario s]
executor = shared-iterations
vus = 2
iterations = 10
flow = f
""")
    result, summary = h.measure(plan, "--quiet")
    h.books(t, summary)
    t.equal(result.code, 1, "every request failed")
    t.equal(summary["counts"]["requests"]["errors"], {"extract": 10}, "errors")
    t.equal(summary["counts"]["iterations"]["failed"], 10, "failed iterations")
    nginx.stop()
    t.equal({row[3] for row in nginx.lines()}, {"/?first"}, "the iteration ends there")
    t.match(r"extract.*token", result.out + result.err, "its name")
    with_default = h.read(plan).replace("(\\w+)", "(\\w+) default none")
    nginx = h.Nginx()
    result, summary = h.measure(h.write("default.ini", re.sub("http://.*", nginx.url, with_default)), "--quiet")
    t.equal((result.code, summary["counts"]["requests"]["errors"]), (0, {}), f"with a default: {result}")
    nginx.stop()
    t.equal({row[3] for row in nginx.lines()}, {"/?first", "/?second=none"}, "the default is sent")


def a_check_that_fails_stops_nothing_unless_it_should(t):
    for stops, second in (("no", 6), ("yes", 0)):
        nginx = h.Nginx()
        plan = h.write("checks.ini", f"""[plan]
base_url = {nginx.url}
[request first]
url = /?first
check.created = status 201
check.word = body contains hello
stop_on_fail = {stops}
[request second]
url = /?second
[flow f]
step = request first
step = request second
[scenario s]
executor = shared-iterations
iterations = 6
flow = f
[thresholds]
checks = rate>0.9
""")
        result, summary = h.measure(plan, "--quiet")
        t.equal(result.code, 1, f"the threshold on checks fails: {result}")
        t.equal([(c["name"], c["passes"], c["fails"]) for c in summary["checks"]], [("created", 0, 6), ("word", 6, 0)], "checks")
        t.equal(summary["counts"]["iterations"]["failed"], 0 if second else 6, "failed iterations")
        nginx.stop()
        t.equal(sum(row[3] == "/?second" for row in nginx.lines()), second, "requests after the check")


STAGES = """[plan]
base_url = {url}
[request enter]
method = POST
url = /api/users
json = {{"name":"setup"}}
extract.id = json $.{member}
[request look]
url = /api/users/${{id}}
check.mine = json $.name == setup
[request leave]
method = DELETE
url = /api/users/${{id}}{more}
[setup]
step = request enter
[teardown]
step = request leave
[scenario s]
executor = shared-iterations
vus = 3
iterations = 30
mix = look
"""


def what_setup_made_every_vu_uses_and_teardown_ends(t):
    child, url = serve()
    result, summary = h.measure(h.write("stages.ini", STAGES.format(url=url, member="id", more="")), "--quiet")
    t.equal(result.code, 0, f"exit code: {result}")
    t.equal(summary["counts"]["checks"], {"passes": 30, "fails": 0}, "every VU saw what setup made")
    t.equal([row["name"] for row in summary["requests"]], ["look"], "rows: setup and teardown have books of their own")
    served = json.loads(h.get(url + "/api/stats"))["endpoints"]
    t.equal((served["create"], served["read"], served["remove"]), (1, 30, 1), "what the server saw")
    result, summary = h.measure(h.write("stages.ini", STAGES.format(url=url, member="nothing", more="")), "--quiet")
    t.equal((result.code, summary["run"]["state"]), (5, "failed"), "setup failed")
    t.equal(summary["counts"]["requests"]["total"], 0, "no load without a setup")
    t.match(r"setup failed: enter: extract: id: nothing at json \$\.nothing", result.out + result.err, "why")
    result, summary = h.measure(h.write("stages.ini", STAGES.format(url=url, member="id", more="0000")), "--quiet")
    t.equal((result.code, summary["run"]["state"]), (7, "finished"), "teardown failed")
    t.equal(summary["counts"]["requests"]["ok"], 30, "the load went well")
    h.end(child)


def slow(nginx):
    return h.write("slow.ini", f"""[plan]
base_url = {nginx.url}
[request a]
url = /?a
[request b]
url = /?b
[flow f]
step = request a
step = think 700ms..900ms
step = request b
[scenario s]
executor = constant-vus
vus = 20
duration = 60s
flow = f
""")


def a_stop_lets_iterations_end_and_a_second_cuts_them(t):
    for signals in (1, 2):
        nginx = h.Nginx()
        file = h.summary_path()
        child = h.start([h.need_built(h.ONAGER), slow(nginx), "--quiet", "-t", "2", "-o", "json=" + file], stdout=subprocess.DEVNULL,
                        stderr=subprocess.PIPE, env=h.environment())
        h.wait_for("the first requests", lambda: nginx.count() >= 20)
        for how in (signal.SIGINT, signal.SIGTERM)[:signals]:
            child.send_signal(how)
        child.communicate(timeout=60)
        t.equal(child.returncode, 4, "exit code")
        summary = h.load_summary(file)
        h.books(t, summary)
        iterations = summary["counts"]["iterations"]
        if signals == 1:
            t.equal(iterations["interrupted"], 0, "all ended by themselves")
            t.equal(summary["counts"]["requests"]["total"], 2 * iterations["completed"], "each with both requests")
        else:
            t.true(iterations["interrupted"] > 0, "cut off")
        nginx.stop()
        t.equal(nginx.count(), summary["counts"]["requests"]["sent"], "what nginx saw was sent")


def hooks_run_before_and_after_and_know_how_it_went(t):
    nginx = h.Nginx(log=False)
    folder = os.path.dirname(h.write("hooks.ini", f"""[plan]
base_url = {nginx.url}
[request a]
url = /
[scenario s]
executor = shared-iterations
iterations = 5
mix = a
[hooks]
start = echo begin > hooks.txt
end = echo "$ONAGER_RUN_STATE $ONAGER_RUN_EXIT $ONAGER_RUN_REQUESTS" >> hooks.txt
failed = echo failed >> hooks.txt
"""))
    plan, told = os.path.join(folder, "hooks.ini"), os.path.join(folder, "hooks.txt")
    t.equal(h.onager(plan, "--quiet").code, 0, "exit code")
    t.equal(h.read(told).splitlines(), ["begin", "finished 0 5"], "hooks of a run that passed")
    t.equal(h.onager(plan, "--quiet", "--threshold", "p95<1us").code, 1, "exit code")
    t.equal(h.read(told).splitlines(), ["begin", "failed", "finished 1 5"], "hooks of a run that failed")
    broken = h.write("broken.ini", h.read(plan).replace("echo begin > hooks.txt", "exit 3"))
    result = h.onager(broken, "--quiet")
    t.equal(result.code, 2, "a start that fails ends it")
    t.match(r"\[hooks\] start ended with code 3", result.err, "and says so")


h.main(globals())
