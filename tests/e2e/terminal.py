"""A terminal to watch and steer the program in: a tmux server of its own, with no settings but ours, that ends with the test.
Text is read with capture-pane until a condition holds; nothing here waits for a fixed time."""

import os
import re
import shlex
import subprocess

import harness as h

_servers = 0

CONFIG = """
set -s exit-empty off
set -g status off
set -g remain-on-exit on
set -g default-terminal screen-256color
set -g escape-time 0
set -g history-limit 5000
"""

# Runs the command in the pane's terminal, writes down what the terminal was like before and after, and keeps it open.
SCRIPT = """
trap : INT QUIT
stty -g > {d}/before
{command}
echo $? > {d}/code.new
stty -g > {d}/after
mv {d}/code.new {d}/code
exec cat
"""


class Terminal:
    """One pane of the given size that runs `args`."""

    def __init__(self, args, width=120, height=40, env=None, stdout=None):
        global _servers
        _servers += 1
        self.tmux = h.need("tmux")
        self.name = f"t{_servers}"
        self.directory = h.path(f"terminal-{_servers}")
        os.mkdir(self.directory)
        self.environment = h.environment(**(env or {}))
        config = h.write(f"tmux-{_servers}.conf", CONFIG)
        self.server = h.start([self.tmux, "-L", self.name, "-f", config, "-u", "-D"], env=self.environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        h.wait_for("tmux is up", lambda: self._ask("show-options", "-g", "status").stdout == b"status off\n")
        command = " ".join(shlex.quote(str(a)) for a in args)
        if stdout is not None:
            command += " > " + shlex.quote(stdout)
        script = h.write(f"script-{_servers}", SCRIPT.format(d=self.directory, command=command))
        self.ask("new-session", "-d", "-s", "main", "-x", str(width), "-y", str(height), "sh " + script)

    def _ask(self, *words):
        return subprocess.run([self.tmux, "-L", self.name, "-N", "-u", *words], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, check=False)

    def ask(self, *words):
        got = self._ask(*words)
        if got.returncode != 0:
            raise h.Failure(f"tmux {' '.join(words)}: {got.stderr.decode(errors='replace')}")
        return got.stdout.decode(errors="replace")

    # ---- keys and size ----

    def keys(self, *keys):
        """tmux names of keys: p, Space, C-c, Enter."""
        self.ask("send-keys", "-t", "main", *keys)

    def resize(self, width, height):
        self.ask("resize-window", "-t", "main", "-x", str(width), "-y", str(height))

    # ---- reading ----

    def screen(self, history=False):
        words = ["capture-pane", "-p", "-t", "main"]
        return self.ask(*words, *(["-S", "-"] if history else []))

    def lines(self):
        return self.screen().split("\n")

    def wait(self, what, predicate, limit_s=h.LIMIT_S):
        """Polls the screen until predicate(text) is true; returns the text."""
        last = [""]

        def look():
            last[0] = self.screen()
            return predicate(last[0])

        try:
            h.wait_for(what, look, limit_s, 0.05)
        except h.Failure as failure:
            raise h.Failure(f"{failure}; the screen shows\n{last[0]}") from None
        return last[0]

    def wait_match(self, pattern, limit_s=h.LIMIT_S):
        return self.wait(pattern, lambda text: re.search(pattern, text, re.M), limit_s)

    def flag(self, name):
        return self.ask("display-message", "-p", "-t", "main", "#{" + name + "}").strip()

    def pane_pid(self):
        return int(self.flag("pane_pid"))

    def program_pid(self, program=None):
        return h.wait_for("the program runs", lambda: h.find_program(self.pane_pid(), program))

    # ---- the end ----

    def wait_end(self, limit_s=h.LIMIT_S):
        """Waits until the program has ended; its exit code."""
        file = os.path.join(self.directory, "code")
        try:
            h.wait_for("the program ends", lambda: os.path.exists(file), limit_s)
        except h.Failure as failure:
            raise h.Failure(f"{failure}; the screen shows\n{self.screen()}") from None
        return int(h.read(file))

    def clean(self, t):
        """The terminal is as it was before: modes, normal screen, cursor shown, no mouse, no keypad mode."""
        before, after = (h.read(os.path.join(self.directory, name)) for name in ("before", "after"))
        t.equal(after, before, "stty -g")
        t.equal(self.flag("alternate_on"), "0", "alternate screen")
        t.equal(self.flag("cursor_flag"), "1", "cursor shown")
        t.equal(self.flag("mouse_any_flag"), "0", "mouse")
        t.equal(self.flag("keypad_flag") + self.flag("keypad_cursor_flag"), "00", "keypad and cursor key modes")

    def close(self):
        """Closes the terminal, as a window that is shut: the program gets SIGHUP."""
        self.ask("kill-session", "-t", "main")

    def stop(self):
        h.end(self.server)


# ---- numbers off the screen ----

def number(text):
    """1,234 -> 1234; 84.0 -> 84.0"""
    return float(text.replace(",", "")) if "." in text else int(text.replace(",", ""))


def digits(n):
    """A count as the screen writes it: 1,234."""
    return f"{n:,}"


def percent(part, whole):
    """A share as the screen writes it: 0 %, 0.05 %, 9.99 %, 95.8 %, 100 %."""
    if whole == 0 or part == 0:
        return "0 %"
    if part == whole:
        return "100 %"
    value = 100.0 * part / whole
    return f"{value:.2f} %" if round(value, 2) < 10 else f"{min(value, 99.9):.1f} %"
