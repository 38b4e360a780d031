"""Golden texts: what the help, the progress line and the summary look like, over the fixture of the pictures. `make cli-golden`
writes them anew."""

import difflib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "e2e"))
import harness as h  # noqa: E402

GOLDEN = os.path.join(h.SOURCE, "tests", "cli", "golden")
SHOW = os.path.join(h.BUILD, "tests", "tools", "show_fixture")
WRITE = os.environ.get("ONAGER_GOLDEN") == "write"


def shown(*args):
    return subprocess.run([h.need_built(SHOW), *[str(a) for a in args]], capture_output=True, check=True, env=h.environment()).stdout.decode()


def golden(t, name, text):
    file = os.path.join(GOLDEN, name + ".txt")
    if WRITE:
        os.makedirs(GOLDEN, exist_ok=True)
        with open(file, "w", encoding="utf-8") as f:
            f.write(text)
    changes = difflib.unified_diff(h.read(file).split("\n"), text.split("\n"), file, "now", lineterm="")
    difference = "\n".join(changes)
    t.true(not difference, name + " (make cli-golden writes it anew)\n" + difference)


def columns(text):
    return max(len(line) for line in text.split("\n"))


def the_help_fits_one_screen(t):
    result = h.onager("help")
    t.equal(result.code, 0, "exit code")
    t.true(columns(result.out) <= 80 and result.out.count("\n") <= 24, "80x24")
    golden(t, "help", result.out)
    bare = h.onager()
    t.equal((bare.code, bare.out), (2, result.out), "without a word")
    t.equal(h.onager("--help").out, result.out, "--help")


def every_option_of_a_run_is_listed(t):
    result = h.onager("help", "run")
    t.true(columns(result.out) <= 80, "80 columns")
    golden(t, "help-run", result.out)
    t.equal(h.onager("run", "--help").out, result.out, "run --help")


def the_summary_is_that_of_the_picture(t):
    text = shown("finished", "summary")
    t.true(columns(text) <= 80, "80 columns")
    golden(t, "summary", text)


def the_full_summary_is_that_of_the_picture(t):
    text = shown("finished", "full")
    t.true(columns(text) <= 80, "80 columns")
    golden(t, "summary-full", text)
    golden(t, "summary-full-degraded", shown("degraded", "full"))
    t.true(shown("finished", "full", "ascii").isascii(), "ASCII")


def the_summary_of_a_degraded_run_says_why(t):
    golden(t, "summary-degraded", shown("degraded", "summary"))


def the_summary_without_utf8_is_ascii(t):
    text = shown("finished", "summary", "ascii")
    t.true(text.isascii(), "ASCII")
    golden(t, "summary-ascii", text)


def the_progress_line_follows_the_width(t):
    lines = ""
    for width in (140, 120, 80, 60, 40, 20, 8, 1):
        text = shown("running", "progress", width)
        t.true(len(text.rstrip("\n")) <= width, f"{width} columns: {text}")
        lines += text
    golden(t, "progress", lines)
    golden(t, "progress-degraded", shown("degraded", "progress", 140))
    t.true(shown("running", "progress", 80, "ascii").isascii(), "ASCII")


def a_log_gets_words_and_values(t):
    text = shown("running", "record") + shown("finished", "record")
    t.true(text.isascii(), "ASCII")
    golden(t, "progress-log", text)


h.main(globals())
