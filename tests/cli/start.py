"""The question before load goes to a public address, on a terminal and without one; and the config file. 203.0.113.7 is an address
of the documentation; whatever has to do with it runs in a network namespace without a way out, so that nothing can leave this
machine even where the program does not ask as it should."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "e2e"))
import harness as h  # noqa: E402

URL = "http://203.0.113.7/checkout"
CONFIG = os.path.join(h.directory(), "config", "onager", "config.ini")


def has_dashboard():
    return "HAVE_UI 1" in h.read(os.path.join(h.BUILD, "config.h"))


def configure(text):
    if text is None:
        if os.path.exists(CONFIG):
            os.unlink(CONFIG)
        return
    os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
    with open(CONFIG, "w", encoding="utf-8") as f:
        f.write(text)


# Gives the program the terminal of its streams as the controlling one, which a dashboard wants.
ON_TERMINAL = [sys.executable, "-c", "import os,fcntl,termios,sys; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
               "os.execv(sys.argv[1], sys.argv[1:])"]


def isolated():
    """What to put before a command so that it has no network but a loopback of its own."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        raise h.Skip("no network namespace can be made here")
    return [unshare, "-rn"]


class Terminal:
    """The program on a terminal of its own, 80x24; without a network unless the target is a server of this test."""

    def __init__(self, *args):
        before = [] if str(args[0]).startswith("http://127.0.0.1:") else isolated()
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        command = [*ON_TERMINAL, *before, h.need_built(h.ONAGER), *[str(a) for a in args]]
        self.child = h.start(command, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.text = ""

    def read(self):
        """Whether the other end is still there."""
        ready, _, _ = select.select([self.ours], [], [], 0.1)
        if not ready:
            return True
        try:
            more = os.read(self.ours, 65536)
        except OSError:
            return False
        self.text += more.decode(errors="replace")
        return bool(more)

    def until(self, what, pattern):
        end = time.monotonic() + h.LIMIT_S
        while not re.search(pattern, self.text, re.S):
            if not self.read() or time.monotonic() > end:
                raise h.Failure(f"{what}: not seen in {self.text!r}")

    def press(self, keys):
        os.write(self.ours, keys.encode())

    def asked(self):
        self.until("question", "config file")
        h.wait_for("keys", lambda: not termios.tcgetattr(self.ours)[3] & termios.ICANON)

    def end(self):
        while self.read():
            if self.child.poll() is not None:
                break
        code = self.child.wait(h.LIMIT_S)
        while select.select([self.ours], [], [], 0)[0] and self.read():
            pass
        os.close(self.ours)
        return code


def the_question_is_that_of_the_picture(t):
    configure(None)
    terminal = Terminal(URL, "-c", 50, "-d", "1m")
    terminal.asked()
    terminal.press("q")
    t.equal(terminal.end(), 4, "exit code of leaving")
    t.equal(terminal.text.replace("\r\n", "\n"), """\
┌─ Start? ───────────────────────────────────────────────────────────────┐
│ http://203.0.113.7/checkout → 203.0.113.7, a public address            │
│                                                                        │
│ 50 VUs for 1m0s, each as fast as it is answered: no limit on the rate. │
│ Load on a service that is not yours can break it, or cost money.       │
│                                                                        │
│   Enter  start                   l  start, at most 50/s                │
│   a      always for this host    q  leave                              │
│                                                                        │
│ In scripts: --yes, or allow = 203.0.113.7 in the config file.          │
└────────────────────────────────────────────────────────────────────────┘
""", "the question, and nothing else")
    t.true(not os.path.exists(CONFIG), "no config file was made")


def ctrl_c_leaves(t):
    terminal = Terminal(URL, "-r", "501/s")
    terminal.asked()
    terminal.press("\x03")
    t.equal(terminal.end(), 4, "exit code")


def enter_goes_on_to_the_run(t):
    if not has_dashboard():
        raise h.Skip("built without the dashboard")
    terminal = Terminal(URL, "-c", 5, "-d", "10s", "--paused")
    terminal.asked()
    terminal.press("\r")
    terminal.until("the dashboard", "READY")
    terminal.press("\x03")
    terminal.end()


def l_starts_an_open_model_of_50_a_second(t):
    if not has_dashboard():
        raise h.Skip("built without the dashboard")
    terminal = Terminal(URL, "-c", 5, "-d", "10s", "--paused")
    terminal.asked()
    terminal.press("l")
    terminal.until("the dashboard", "READY")
    terminal.press("\x03")
    terminal.end()
    t.match(r"Books", terminal.text, "summary")
    t.true("closed model" not in terminal.text, "no closed model")


def a_allows_the_host_for_good(t):
    if not has_dashboard():
        raise h.Skip("built without the dashboard")
    configure("# mine\n[options]\nsummary = none\n")
    for is_first in (True, False):
        terminal = Terminal(URL, "-c", 5, "-d", "10s", "--paused")
        if is_first:
            terminal.asked()
            terminal.press("a")
        terminal.until("the dashboard", "READY")
        terminal.press("\x03")
        terminal.end()
        t.equal("Start?" in terminal.text, is_first, "question")
        t.equal(h.read(CONFIG), "allow = 203.0.113.7\n# mine\n[options]\nsummary = none\n", "config file")
    configure(None)


def a_server_of_ones_own_is_never_asked_about(t):
    server = h.TestServer()
    terminal = Terminal(server.url + "/", "-c", 4, "-n", 2000, "--progress")
    code = terminal.end()
    t.equal(code, 0, f"exit code: {terminal.text}")
    t.true("Start?" not in terminal.text, "question")
    result = h.onager(server.url + "/", "-n", 2000, "--quiet")
    t.equal(result.err, "", "no warning")


def said_without_a_network(*args):
    """Standard error of a short run in a network namespace without a way out: nothing leaves this machine."""
    child = h.start([*isolated(), h.need_built(h.ONAGER), *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return child.communicate(timeout=h.LIMIT_S)[1].decode()


def without_a_terminal_one_line_warns(t):
    configure(None)
    said = said_without_a_network("http://203.0.113.7:9/", "-r", "501/s", "-d", "100ms", "--quiet")
    t.equal(said.split("\n")[0], "onager: http://203.0.113.7:9/ is 203.0.113.7, a public address: 501/s for 100ms: more than 500/s. --yes, or "
            "allow = 203.0.113.7 in the config file, says that it may be", "warning")


def yes_and_allow_say_nothing(t):
    for args, config in ((["--yes"], None), ([], "allow = 203.0.113.7\n"), ([], "[options]\nallow = *.0.113.7\n")):
        configure(config)
        said = said_without_a_network("http://203.0.113.7:9/", "-r", "501/s", "-d", "100ms", "--quiet", *args)
        t.true("public address" not in said, f"{args} {config}: {said}")
    configure(None)


def a_mistake_in_the_config_file_is_said_with_its_place(t):
    configure("[options]\nthemee = nord\n")
    result = h.onager("http://127.0.0.1:1/", "-n", 1)
    t.equal(result.code, 2, "exit code")
    t.equal(result.err, f'onager: {CONFIG}:2: there is no option "themee": did you mean "theme"?\n', "message")
    configure("[keys]\nstop = p\n")
    if has_dashboard():
        result = h.onager("http://127.0.0.1:1/", "-n", 1)
        t.equal(result.code, 2, "exit code")
        t.match(rf'{re.escape(CONFIG)}:2: stop: key p would do two things: ".+" and ".+"$', result.err, "message")
        t.equal(h.onager("keys").code, 2, "keys says it too")
    configure(None)


def a_chosen_key_is_shown_and_works(t):
    if not has_dashboard():
        raise h.Skip("built without the dashboard")
    configure("[keys]\nquit = Q\n")
    t.match(r"^  Q +quit +leaves", h.onager("keys").out, "keys")
    server = h.TestServer()
    terminal = Terminal(server.url + "/", "-r", "5/s", "--paused")
    terminal.until("the dashboard", "READY")
    terminal.text = ""
    terminal.press("Q")
    terminal.until("an answer to the key", r"\S")
    terminal.press("\x03\x03")
    terminal.end()
    configure(None)


h.main(globals())
