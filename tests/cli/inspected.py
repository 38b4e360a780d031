"""inspect: the plan as it is resolved is a plan itself, each value says where it came from, and nothing is run for it."""

import glob
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "e2e"))
import harness as h  # noqa: E402

JOURNEY = """[plan]
base_url = http://127.0.0.1:${env:PORT:-8080}/v1
seed = 7

[secrets]
TOKEN = command touch ran; echo hush

[data users]
file = some users.csv

[http]
header.Authorization = Bearer ${secret:TOKEN}
user_agent = mine

[request login]
url = /login
json = {"user": "${users.name}", "n": ${random_int(1,9)}}
extract.token = json $.token
check.status = 200
user_agent_is_no_key = 1

[request list]
url = /list?page=${random_int(1,20)}
query.q = a b ${token}
timeout = 2s

[flow browse]
step = request login
step = repeat 3 { request list; think 1s..2s }
step = if status 2xx { request list } else { request login; request login }

[scenario shoppers]
executor = per-vu-iterations
vus = 2
iterations = 5
"""


def sha256(text):
    return re.search(r"^; sha256 +([0-9a-f]{64})$", text, re.M).group(1)


def line_of(text):
    lines = JOURNEY.replace("user_agent_is_no_key = 1\n", "").split("\n")
    return next(number for number, line in enumerate(lines, 1) if line.startswith(text))


def journey():
    h.write("some users.csv", "name,pass\nann,x\n")
    return h.write("journey.ini", JOURNEY.replace("user_agent_is_no_key = 1\n", ""))


def every_example_is_resolved_to_a_plan_that_is_the_same(t):
    examples = sorted(glob.glob(os.path.join(h.SOURCE, "examples", "*.ini")) + glob.glob(os.path.join(h.SOURCE, "tests", "plan", "ok", "*.ini")))
    t.true(len(examples) >= 4, f"{len(examples)} examples")
    for example in [*examples, journey()]:
        first = h.onager("inspect", example)
        t.equal(first.code, 0, f"{example}: {first}")
        saved = h.write("saved.ini", first.out)
        t.equal(h.onager("check", saved).code, 0, f"{example}, saved, is a plan: {h.onager('check', saved)}")
        again = h.onager("inspect", saved)
        t.equal(sha256(again.out), sha256(first.out), f"{example}, saved, is the same plan")


def a_command_line_can_be_saved(t):
    result = h.onager("inspect", "http://127.0.0.1:8080/list?a=b", "-r", "200", "-d", "5s", "-H", "X-One: 1", "--threshold", "p95<300ms")
    saved = h.write("quick.ini", result.out)
    t.equal(sha256(h.onager("inspect", saved).out), sha256(result.out), "the same plan")
    t.match(r"^; iterations +1,000$", result.out, "its iterations")
    t.match(r"^; requests +1,000, without", result.out, "its requests")
    t.match(r"^; flag -r\nrate = 200/s$", result.out, "a flag is named")
    t.match(r"^; flag -H\nheader.X-One = 1$", result.out, "of a header too")


def each_value_says_where_it_came_from(t):
    plan = journey()
    result = h.onager("inspect", plan, "--timeout", "9s", ONAGER_SEED="11", PORT="81")
    t.equal(result.code, 0, str(result))
    t.match(r"^; environment ONAGER_SEED\nseed = 11$", result.out, "the environment is stronger than the plan")
    t.match(rf"^; \S*journey.ini:{line_of('url = /login')}\nurl = http://127.0.0.1:81/v1/login$", result.out, "a line of the plan")
    t.match(rf"^; \S*journey.ini:{line_of('user_agent')}\nuser_agent = mine$", result.out, "of [http]")
    t.equal(len(re.findall(r"^; flag --timeout\ntimeout = 9s$", result.out, re.M)), 2, "a flag is stronger than both requests")
    t.match(r"^; default\nexpect = 200-399$|^expect = 200-399$", result.out, "a default")
    t.match(r"^url = http://127.0.0.1:81/v1/list\?page=\$\{random_int\(1, 20\)\}&q=a%20b%20\$\{urlencode\(", result.out, "the whole target")


def figures_are_those_of_the_plan(t):
    plan = journey()
    text = h.onager("inspect", plan).out
    t.match(r"^; duration +10m0s,", text, "the longest time")
    t.match(r"^; VUs +at most 2,", text, "VUs")
    t.match(r"^; iterations +10$", text, "iterations")
    t.match(r"^; requests +50 to 60, without", text, "requests of all branches")
    t.match(r"^; http://127.0.0.1:8080 +by http1, 2 requests$", text, "what carries them")


def secrets_are_neither_asked_for_nor_printed(t):
    plan = journey()
    for args in (["inspect", plan], ["inspect", plan, "--format", "json"], ["check", plan]):
        result = h.onager(*args)
        t.equal(result.code, 0, str(result))
        t.true("hush" not in result.out.replace("echo hush", ""), "no value")
    t.true(not os.path.exists(h.path("ran")), "nothing was started")
    t.match(r"header.Authorization = Bearer \$\{secret:TOKEN\}", h.onager("inspect", plan).out, "the reference")
    t.match(r"^user = ann:literal$", h.onager("inspect", "http://127.0.0.1/", "--user", "ann:literal").out, "a literal as it is")


def json_says_the_same(t):
    plan = journey()
    found = json.loads(h.onager("inspect", plan, "-e", "PORT=99", "--format", "json").out)
    text = h.onager("inspect", plan, "-e", "PORT=99").out
    t.equal(found["schema"], "onager.inspect/1", "schema")
    t.equal(found["plan_sha256"], sha256(text), "the sum")
    t.equal(found["iterations"], 10, "iterations")
    t.equal(found["requests"], {"least": 50, "most": 60}, "requests")
    t.equal(found["origins"], [{"origin": "http://127.0.0.1:99", "transport": "http1", "requests": 2}], "origins")
    keys = {(s["section"], s["name"], k["key"]): k for s in found["sections"] for k in s["keys"]}
    t.equal(keys["scenario", "shoppers", "vus"]["value"], "2", "a value")
    t.equal(keys["scenario", "shoppers", "vus"]["origin"], "plan", "its origin")
    t.match(rf"journey.ini:{line_of('vus')}$", keys["scenario", "shoppers", "vus"]["at"], "its line")
    t.equal(keys["request", "list", "redirects"]["at"], None, "a default has no line")
    t.equal(len(keys), len(re.findall(r"^(?!step =)[^;\[\s][^=]* = ", text, re.M)) + 1, "every key of the text (steps are one)")


def mistakes_are_those_of_check(t):
    plan = h.write("bad.ini", JOURNEY)
    h.write("some users.csv", "name,pass\nann,x\n")
    result, check = h.onager("inspect", plan), h.onager("check", plan)
    t.equal(result.code, 3, "exit code")
    t.equal(result.err, check.err, "words")
    t.equal(result.out, "", "nothing else")
    t.equal(h.onager("inspect").code, 2, "without a plan")


h.main(globals())
