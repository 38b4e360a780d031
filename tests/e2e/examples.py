"""Every example that is installed begins with its three lines, and is run against the demo's own server for about a second."""

import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness as h  # noqa: E402

FOLDER = os.path.join(h.SOURCE, "examples")
EXAMPLES = sorted(glob.glob(os.path.join(FOLDER, "*.ini")) + glob.glob(os.path.join(FOLDER, "*.yaml")))


def serve():
    """`onager demo --serve` and its port."""
    file = h.path("demo.log")
    with open(file, "wb") as log:
        child = h.start([h.need_built(h.ONAGER), "demo", "--serve", "0"], stdout=log, stderr=subprocess.STDOUT)
    h.wait_for("the port of the demo", lambda: re.search(r"127\.0\.0\.1:(\d+)/ serves", h.read(file)))
    return child, re.search(r"127\.0\.0\.1:(\d+)/ serves", h.read(file)).group(1)


def copy_for(port):
    """The examples in a folder of their own, for the server's port."""
    folder = h.path("examples")
    shutil.copytree(FOLDER, folder)
    for name in os.listdir(folder):
        file = os.path.join(folder, name)
        text = h.read(file)
        with open(file, "w", encoding="utf-8") as f:
            f.write(text.replace(":8080", ":" + port).replace("PORT:-8080", "PORT:-" + port))
    return folder


def each_begins_with_what_it_shows_how_to_run_it_and_what_to_look_at(t):
    t.true(len(EXAMPLES) >= 8, f"{len(EXAMPLES)} examples")
    makefile = h.read(os.path.join(FOLDER, "local.mk"))
    for example in EXAMPLES:
        lines = h.read(example).split("\n")
        name = os.path.basename(example)
        for line, words in zip(lines, ("What it shows: ", "Run it: ", "Look at: ")):
            t.match(rf"^[;#] {words}", line, f"{name}: {words}")
        t.true("examples/" + name in makefile, f"{name} is installed")


def every_one_runs_for_a_second_and_its_books_balance(t):
    server, port = serve()
    folder = copy_for(port)
    for example in EXAMPLES:
        name, file = os.path.basename(example), h.summary_path()
        child = h.start([h.need_built(h.ONAGER), os.path.join(folder, name), "--quiet", "--yes", "--out", "json=" + file],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=h.environment(), cwd=folder)
        began = time.monotonic()
        h.wait_for(f"{name} to run for a second", lambda c=child, b=began: c.poll() is not None or time.monotonic() - b >= 1)
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        try:
            _, err = child.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            raise h.Failure(f"{name} does not end when it is told to") from None
        t.true(child.returncode in (0, 1, 4), f"{name}: exit {child.returncode}: {err.decode(errors='replace')}")
        summary = h.load_summary(file)
        h.books(t, summary, name + ": ")
        t.true(summary["counts"]["requests"]["ok"] > 0, f"{name}: something was answered")
        t.equal(summary["counts"]["requests"]["errors"], {}, f"{name}: nothing but answers")
    h.end(server)


def the_smoke_test_passes_and_ends_by_itself(t):
    server, port = serve()
    result, summary = h.measure(os.path.join(FOLDER, "smoke.ini"), "--quiet", "-e", "PORT=" + port)
    t.equal(result.code, 0, str(result))
    t.equal(summary["counts"]["checks"], {"passes": 24, "fails": 0}, "checks")
    h.end(server)


h.main(globals())
