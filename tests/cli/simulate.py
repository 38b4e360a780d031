"""onager simulate: the forecast of a plan as text, CSV and JSON; nothing is sent and no name is resolved."""

import csv
import difflib
import io
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "e2e"))
import harness as h  # noqa: E402

GOLDEN = os.path.join(h.SOURCE, "tests", "cli", "golden")
DAY = os.path.join(h.SOURCE, "examples", "chaos-day.ini")
START = ["--start", "2026-11-21T00:00:00"]

PLAN = """
[plan]
name = Shop
seed = 3
base_url = http://does-not-exist.invalid
[request a]
url = /
[scenario browse]
executor = ramping-arrival-rate
stages = 20s:50/s, 40s:50/s, 20s:0/s
chaos.spikes_per_hour = 120
chaos.spike_factor = 3
chaos.noise = spring 10%
[scenario people]
executor = ramping-vus
start_vus = 0
stages = 30s:40, 30s:40, 0s:10, 10s:10
start_time = 5s
[scenario import]
executor = shared-iterations
vus = 3
iterations = 5000
max_duration = 45s
"""


def simulate(*args, **variables):
    process = subprocess.run([h.ONAGER, "simulate", *[str(a) for a in args]], capture_output=True, timeout=h.LIMIT_S, check=False,
                             env=h.environment(TZ="UTC", **variables))
    return process.returncode, process.stdout.decode(), process.stderr.decode()


def golden(t, name, text):
    file = os.path.join(GOLDEN, name + ".txt")
    if os.environ.get("ONAGER_GOLDEN") == "write":
        with open(file, "w", encoding="utf-8") as f:
            f.write(text)
    changes = "\n".join(difflib.unified_diff(h.read(file).split("\n"), text.split("\n"), file, "now", lineterm=""))
    t.true(not changes, name + " (make cli-golden writes it anew)\n" + changes)


def a_day_of_chaos_is_that_of_the_picture(t):
    code, out, err = simulate(DAY, *START)
    t.equal((code, err), (0, ""), "exit code and complaints")
    golden(t, "simulate-day", out)


def several_scenarios_are_drawn_one_below_the_other(t):
    plan = h.write("shop.ini", PLAN)
    code, out, err = simulate(plan, *START)
    t.equal((code, err), (0, ""), "exit code and complaints")
    golden(t, "simulate-shop", out)
    code, ascii_out, _ = simulate(plan, *START, LC_ALL="C")
    t.true(code == 0 and ascii_out.isascii(), "ASCII")


def csv_and_json_say_the_same_second_by_second(t):
    plan = h.write("shop.ini", PLAN)
    _, text, _ = simulate(plan, *START, "--format", "csv")
    code, out, _ = simulate(plan, *START, "--format", "json")
    found = json.loads(out)
    rows = list(csv.DictReader(io.StringIO(text)))
    t.equal(code, 0, "exit code")
    t.equal((found["schema"], found["step_s"], found["duration_s"], found["start"]), ("onager.forecast/1", 1, 80, "2026-11-21T00:00:00Z"), "head")
    t.equal([int(r["planned"]) for r in rows], found["intervals"]["planned"], "planned")
    t.equal([int(r["vus"]) for r in rows], found["intervals"]["vus"], "VUs")
    for scenario in found["scenarios"]:
        name = scenario["name"]
        t.equal([int(r[name + " planned"]) for r in rows], scenario["intervals"]["planned"], name + ": planned")
        t.equal([int(r[name + " vus"]) for r in rows], scenario["intervals"]["vus"], name + ": VUs")
        t.equal([float(r[name + " factor"]) for r in rows], scenario["intervals"]["factor"], name + ": factor")
        t.equal(sum(scenario["intervals"]["planned"]), scenario["planned"], name + ": sum")
    t.equal(sum(found["intervals"]["planned"]), found["planned"], "sum")
    t.equal(max(found["intervals"]["planned"]), found["peak_rate"], "peak")
    t.equal(found["scenarios"][2]["iterations"], 5000, "a budget")


def the_same_seed_gives_the_same_curve_and_another_one_another(t):
    plan = h.write("shop.ini", PLAN)
    first, again = (simulate(plan, *START, "--format", "csv")[1] for _ in range(2))
    t.equal(first, again, "twice")
    t.true(simulate(plan, *START, "--format", "csv", "--seed", 4)[1] != first, "another seed")


def a_long_plan_has_longer_steps_unless_they_are_said(t):
    found = json.loads(simulate(DAY, *START, "--format", "json")[1])
    t.equal((found["step_s"], len(found["intervals"]["planned"])), (32, 2700), "a day")
    found = json.loads(simulate(DAY, *START, "--format", "json", "--step", "1h")[1])
    t.equal((found["step_s"], len(found["intervals"]["planned"])), (3600, 24), "hours")
    # lunch against the hour before it: 2 to 1.5, but for spikes and noise
    hours = found["scenarios"][0]["intervals"]["planned"]
    t.within(hours[12] / hours[11], 1.15, 1.5, "lunch")


def a_url_is_a_plan_too(t):
    code, out, _ = simulate("http://does-not-exist.invalid/", "-r", 20, "-d", "3s", "--format", "csv")
    t.equal(code, 0, "exit code")
    t.equal([r["planned"] for r in csv.DictReader(io.StringIO(out))], ["20", "20", "20"], "planned")


def the_text_fits_the_terminal(t):
    t.true(max(map(len, simulate(DAY, *START)[1].split("\n"))) <= 120, "no terminal")
    curves = [line for line in simulate(h.write("shop.ini", PLAN), *START)[1].split("\n") if set(line) & set("▁▂▃▄▅▆▇█")]
    t.equal(len(curves), 3, "curves")
    t.true(all(len(c) <= 80 for c in curves), "80 columns")


def mistakes_are_said_in_one_line(t):
    plan = h.write("shop.ini", PLAN)
    for args, words in (([], "simulate wants one plan"), ([plan, plan], "simulate wants one plan"), ([plan, "--start", "noon"], "--start wants a time"),
                        ([plan, "--start", "2026-11-21T00:00:00+1:00"], "--start wants a time"), ([plan, "--step", "1us"], "steps"),
                        ([plan, "--format", "xml"], "--format wants text|csv|json"), (["missing.ini"], "missing.ini")):
        code, out, err = simulate(*args)
        t.true(code in (2, 3) and words in err and out == "", f"{args}: {code} {err}")
    code, _, err = simulate(h.write("bad.ini", PLAN.replace("spring 10%", "spring")))
    t.equal(code, 3, "a bad plan")
    t.true("bad.ini:13:15: chaos.noise: expected" in err, err)


h.main(globals())
