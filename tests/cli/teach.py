"""The commands that teach: explain, keys, help; and the examples they give, each of which the program can read."""

import os
import re
import shlex
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "e2e"))
import harness as h  # noqa: E402

PLAN = "[request get]\nurl = http://127.0.0.1:8080/\n[scenario s]\nexecutor = constant-arrival-rate\nrate = 50/s\nduration = 10s\n"


def rows(name, macro):
    return re.findall(rf'^{macro}\("([^"]*)", (?:"([^"]*)"|\w+)', h.read(os.path.join(h.SOURCE, name)), re.M)


def has_dashboard():
    return "HAVE_UI 1" in h.read(os.path.join(h.BUILD, "config.h"))


def a_word_is_explained(t):
    result = h.onager("explain", "schedule_lag")
    t.equal(result.code, 0, "exit code")
    t.match(r"^schedule_lag +metric, a trend of times$", result.out, "heading")
    t.match(r"onager is late, look at the verdict", result.out, "what a bad value looks like")
    t.equal(h.onager("help", "schedule_lag").out, result.out, "help gives the same")


def a_kind_picks_one_of_many_meanings(t):
    t.true(h.onager("explain", "timeout").out.count("\n\n") == 4, "an option and four keys of a plan")
    result = h.onager("explain", "option", "timeout")
    t.match(r"^--timeout DURATION +option", result.out, "the option")
    t.true("\n\n" not in result.out, "alone")


def an_unknown_word_gets_the_nearest(t):
    result = h.onager("explain", "http_req_durration")
    t.equal((result.code, result.out), (2, ""), "exit code and output")
    t.equal(result.err, 'onager: nothing is called "http_req_durration": did you mean "http_req_duration"?\n', "message")
    result = h.onager("help", "chekc")
    t.equal((result.code, result.err), (2, 'onager: nothing is called "chekc": did you mean "check"?\n'), "help")


def an_unknown_word_cannot_move_the_cursor(t):
    result = h.onager("explain", "\x1b[2Jevil\n")
    t.true("\x1b" not in result.err, "no escape")


def without_a_word_all_are_listed(t):
    result = h.onager("explain")
    t.equal(result.code, 0, "exit code")
    t.true(max(map(len, result.out.split("\n"))) <= 80, "80 columns")
    for word in ("http_req_duration", "timeout_body", "dropped", "paused", "Ctrl-C", "max_vus", "require-valid"):
        t.true(word in result.out or not has_dashboard() and word == "Ctrl-C", word)


def the_keys_are_those_of_the_dashboard(t):
    result = h.onager("keys")
    if not has_dashboard():
        raise h.Skip("built without the dashboard")
    t.equal(result.code, 0, "exit code")
    flat = re.sub(r"\s+", " ", result.out)
    table = re.findall(r'^KEY\("([^"]+)", \w+, "[^"]*", \d+, "\w+", "([^"]+)"\)', h.read(os.path.join(h.SOURCE, "ui/keys.def")), re.M)
    t.true(len(table) > 10, "rows of the table")
    for key, meaning in table:
        t.true(re.search(rf"^  {re.escape(key)} ", result.out, re.M), key)
        t.true(meaning in flat, meaning)


def every_command_has_its_help(t):
    for name, _ in rows("src/cli/commands.def", "CLI_COMMAND"):
        if name == "keys" and not has_dashboard():
            continue
        result = h.onager("help", name)
        t.equal(result.code, 0, name)
        t.match(rf"^onager \[?{name}", result.out, name)
        t.true(max(map(len, result.out.split("\n"))) <= 80, name + ": 80 columns")


def every_example_can_be_read(t):
    plan, body = h.write("plan.ini", PLAN), h.write("body.json", "{}")
    examples = rows("src/cli/examples.def", "CLI_EXAMPLE")
    t.true(len([x for x in examples if x[0] == "run"]) > 6, "examples of a run")
    known = [name for name, _ in rows("src/cli/commands.def", "CLI_COMMAND")]
    for command, words in examples:
        given = [re.sub(r"\bURL\b", "http://127.0.0.1:8080/", w).replace("plan.ini", plan).replace("body.json", body) for w in shlex.split(words)]
        if command in ("run", "check"):
            result = h.onager("check", *given)
        elif command in known and command not in ("demo", "find", "selftest", "ctl"):
            result = h.onager(command, *given)
        else:
            continue
        t.equal(result.code, 0, f"onager {command} {words}: {result}")


def page(name):
    return h.read(os.path.join(h.BUILD, "man", name)).replace("\\-", "-").replace("\\&", "")


def every_command_of_the_tutorial_can_be_read(t):
    text = page("onager-tutorial.7")
    plan = h.write("plan.ini", re.search(r"(\[plan\]\n.*?)\n\.Ed", text, re.S).group(1))
    commands = [shlex.split(line) for line in re.findall(r"^\.Dl onager (.*)$", text, re.M)]
    t.true(len(commands) > 9, "commands")
    known = [name for name, _ in rows("src/cli/commands.def", "CLI_COMMAND")] + ["demo"]
    for words in commands:
        words = [plan if w == "plan.ini" else w for w in words]
        if words[0] == "demo":  # a run of its own elsewhere
            t.true(words[1:] in ([], ["--serve", "8080"]), f"{words}")
            continue
        result = h.onager(*words) if words[0] in known else h.onager("check", *words)
        t.equal(result.code, 0, f"onager {' '.join(words)}: {result}")


def every_key_of_the_tutorial_is_one(t):
    if not has_dashboard():
        raise h.Skip("built without the dashboard")
    names = re.findall(r"^\.Ic (\S+)", page("onager-tutorial.7"), re.M)
    t.true(len(names) > 6, "keys")
    shown = h.onager("keys").out
    for name in names:
        t.true(re.search(rf"^  {re.escape(name)} ", shown, re.M), name)


def the_page_of_the_config_file_lists_what_it_takes(t):
    file = os.path.join(h.directory(), "config", "onager", "config.ini")
    os.makedirs(os.path.dirname(file), exist_ok=True)
    listed = re.findall(r'^\.It Ic "([\w-]+)"$', page("onager.conf.5"), re.M)
    options = re.findall(r'^OPTION\(\w+, "([\w-]+)"', h.read(os.path.join(h.SOURCE, "src/cli/args.def")), re.M)
    t.true(len(options) > 25, "options")
    for name in options:
        with open(file, "w", encoding="utf-8") as f:
            f.write(f"[options]\n{name} = 1\n")
        refused = "is about one run" in h.onager("check", "http://127.0.0.1:1/").err
        t.equal(refused, name not in listed, name)
    example = re.search(r"Bd -literal -offset indent\n(allow = .*?)\n\.Ed", page("onager.conf.5"), re.S).group(1)
    with open(file, "w", encoding="utf-8") as f:
        f.write(example)
    result = h.onager("check", "http://127.0.0.1:1/")
    t.equal(result.code, 0, f"the example: {result}")
    if has_dashboard():
        t.match(r"^  X +stop ", h.onager("keys").out, "its keys")
    os.unlink(file)


h.main(globals())
