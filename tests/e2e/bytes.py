"""The bytes that a terminal gets: nothing of the server among them, none when nobody reads, and how soon and at what cost.
A pseudo-terminal of our own, so that each byte is seen and reading can be stopped."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import xml.dom.minidom

import harness as h

WATCHED_S = 4.0
SHARE_MAX = 0.01  # of a core, by the thread that draws
FIRST_FRAME_S = 0.5

# What curses sends for xterm-256color, and nothing else: attributes, cursor, erasing, scrolling, repetition, modes.
ALLOWED = re.compile(rb"""\x1b(?:
    \[[0-9;]*[mHGdABCDJKXPLMSTrb@] |
    \[\?(?:1|7|12|25|12;25|1049)[hl] | \[(?:22|23);0;0t | \[4l | \[!p |
    \(B | [=>78MH] )""", re.X)
COLOR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")


class Pty:
    """A program on a pseudo-terminal of its own, its controlling terminal; bytes come only when they are asked for."""

    def __init__(self, args, width=120, height=40, **env):
        self.fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.out = b""
        self.is_over = False
        self.began = time.monotonic()
        self.process = h.start(["setsid", "-c", "-w", *[str(a) for a in args]], stdin=inner, stdout=inner, stderr=inner,
                               env=h.environment(**env))
        os.close(inner)

    def read(self, wait_s=0.05):
        """Takes what is there; False when all is read and the other side closed."""
        if not self.is_over and select.select([self.fd], [], [], wait_s)[0]:
            try:
                more = os.read(self.fd, 65536)
            except OSError:
                more = b""
            self.is_over = not more
            self.out += more
        return not self.is_over

    def wait(self, what, limit_s=h.LIMIT_S):
        """Reads until `what` (bytes) has come; seconds since the start."""
        end_at = time.monotonic() + limit_s
        while what not in self.out:
            if not self.read() or time.monotonic() > end_at:
                raise h.Failure(f"{what!r} did not come; the end of what came: {self.out[-600:]!r}")
        return time.monotonic() - self.began

    def watch(self, seconds):
        """Reads for so long; how many bytes came."""
        before, end_at = len(self.out), time.monotonic() + seconds
        while time.monotonic() < end_at and self.read():
            pass
        return len(self.out) - before

    def keys(self, keys):
        os.write(self.fd, keys)

    def pid(self):
        return h.wait_for("the program runs", lambda: h.find_program(self.process.pid))

    def finish(self, limit_s=h.LIMIT_S):
        """Reads to the end; the exit code."""
        end_at = time.monotonic() + limit_s
        while self.read():
            if time.monotonic() > end_at:
                raise h.Failure(f"it does not end; the end of what came: {self.out[-600:]!r}")
        code = self.process.wait(limit_s)
        os.close(self.fd)
        return code


# ---- nothing of the server's ----

def check_clean(t, data, label):
    """Only bytes that onager and curses make: every escape is of the list, no colour, no control character but those that move
    the cursor, no C1, no change of direction, and UTF-8 throughout."""
    text = data.decode("utf-8")  # raises for what is not UTF-8
    rest = ALLOWED.sub(b"", data)
    t.equal(rest.count(b"\x1b"), 0, f"{label}: escapes that curses does not send, {re.findall(rb'.{0,20}' + chr(27).encode() + rb'.{0,20}', rest)[:3]}")
    t.equal(COLOR.findall(data)[:3], [], label + ": colours in a run without colours")
    t.equal(sorted({c for c in rest if (c < 32 and c not in b"\b\t\n\r") or c == 127}), [], label + ": control characters")
    found = [hex(ord(c)) for c in text if 0x80 <= ord(c) < 0xa0 or 0x200b <= ord(c) <= 0x200f or 0x202a <= ord(c) <= 0x202e or
             0x2060 <= ord(c) <= 0x206f]
    t.equal(found, [], label + ": C1 or invisible characters")

EVIL = b"\x1b[2J\x1b[1;1H\x1b[31mPWNED\x1b]0;title\x07 \xc2\x9b41m \xe2\x80\xaeevil\xe2\x80\xac \xe2\x80\x8b \xff\xc3\x28 \x08\x0b\x7f"


def hostile_urls(server):
    """Evil in all places at once, in each place alone, and instead of an answer."""
    answers = (b"HTTP/1.1 500 " + EVIL + b"\r\nContent-Length: 0\r\n\r\n",
               b"HTTP/1.1 500 No\r\nX-" + EVIL + b": " + EVIL + b"\r\nContent-Type: " + EVIL + b"\r\nContent-Length: 0\r\n\r\n",
               b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n" % (len(EVIL) + 2) + EVIL + b"\r\n", EVIL + b"\r\n\r\n",
               b"HTTP/1.1 301 Go\r\nLocation: http://" + EVIL + b"/\r\nContent-Length: 0\r\n\r\n")
    return [server.url + "/hostile"] + [server.url + "/raw?hex=" + a.hex() for a in answers]


def check_json(t, file):
    h.load_summary(file)
    with open(file, "rb") as f:
        data = f.read()
    json.loads(data.decode("utf-8"))
    t.equal(sorted({c for c in data if c < 32 and c != 10 or c == 127}), [], "control characters in the JSON")
    t.equal([b for b in (b"\xc2\x9b", b"\xe2\x80\xae", b"\xe2\x80\xac", b"\xe2\x80\x8b") if b in data], [], "C1 and bidi in the JSON")


def a_hostile_server_moves_no_cursor_and_changes_no_colour_of_dashboard_and_summary(t):
    server = h.TestServer()
    for url in [server.url + "/status?code=500"] + hostile_urls(server):
        file = h.summary_path()
        p = Pty([h.need_built(h.ONAGER), url, "-r", "100/s", "-d", "1s", "--tui", "--exit", "--color", "never", "--out", "json=" + file])
        t.within(p.finish(), 0, 1, "exit code")
        check_clean(t, p.out, url)
        t.true(b"RUNNING" in p.out and b"FINISHED after" in p.out, url + ": dashboard and summary were shown")
        t.equal((p.out.count(b"\x1b[?1049h"), p.out.count(b"\x1b[?1049l")), (1, 1), "the dashboard's screen comes and goes once")
        check_json(t, file)


def a_hostile_server_leaves_the_progress_line_in_its_line(t):
    server = h.TestServer()
    for url in [server.url + "/status?code=500"] + hostile_urls(server):
        p = Pty([h.need_built(h.ONAGER), url, "-r", "100/s", "-d", "1s", "--progress", "--color", "never"])
        t.within(p.finish(), 0, 1, "exit code")
        check_clean(t, p.out, url)
        t.equal(re.findall(rb"\x1b\[[0-9;]*[HfdABJ]|\x1b\[\?1049", p.out), [], url + ": the cursor stays in its line")


def the_check_of_the_bytes_would_see_each_of_these(t):
    """The proof above is worth something only when it notices."""
    for canary in (b"\x1b]0;title\x07", b"\x1b[31m", b"\x1b[1;38;5;9m", b"\xc2\x9b41m", b"\xe2\x80\xae", b"\xe2\x80\x8b", b"\xff", b"\x07", b"\x0b",
                   b"\x7f", b"\x1bP", b"\x1b[5n", b"\x1b[?1000h"):
        try:
            check_clean(t, b"before " + canary + b" after", "canary")
        except (h.Failure, UnicodeDecodeError):
            continue
        raise h.Failure(f"{canary!r} was not seen")


# ---- a terminal that is not read ----

def unread(t, stop, go_on):
    nginx = h.Nginx()
    file = h.summary_path()
    p = Pty([h.need_built(h.ONAGER), nginx.url + "/", "-r", "200/s", "-d", "10m", "--tui", "--out", "json=" + file])
    p.wait(b"RUNNING")
    p.watch(0.5)
    if stop:
        p.keys(stop)
    before, at = nginx.served(), time.monotonic()

    def is_over():
        p.keys(b"\x0c")  # the whole screen anew: far more than the terminal holds
        return time.monotonic() - at >= WATCHED_S

    h.wait_for("the time is over", is_over, every_s=0.1)
    rate = (nginx.served() - before) / (time.monotonic() - at)
    h.note(f"{rate:.1f} requests a second of 200")
    t.within(rate, 190, 210, "requests a second while nobody read")
    if go_on:
        p.keys(go_on)
    p.watch(0.3)
    os.kill(p.pid(), signal.SIGINT)
    t.equal(p.finish(), 4, "exit code")
    summary = h.load_summary(file)
    h.books(t, summary)
    t.equal(summary["counts"]["iterations"]["dropped"], 0, "dropped")
    t.equal(summary["counts"]["requests"]["sent"], nginx.served(), "sent")


def a_reader_that_stops_changes_nothing_in_the_engine(t):
    unread(t, None, None)


def ctrl_s_changes_nothing_in_the_engine(t):
    unread(t, b"\x13", b"\x11")


# ---- settings and pictures ----

def f2_changes_the_theme_live_and_s_saves_the_picture(t):
    nginx = h.Nginx()
    place = h.path("pictures")
    os.mkdir(place)
    p = Pty(["env", "--chdir=" + place, h.need_built(h.ONAGER), nginx.url + "/", "-d", "10m", "--tui"])
    p.wait(b"RUNNING")
    t.true(b"38;5;189" not in p.out, "the default theme uses the terminal's own colours")
    p.keys(b"\x1bOQ")
    p.wait(b"Settings")
    p.keys(b"\x1bOC")
    p.wait(b"38;5;189")  # the text of the theme sky
    p.keys(b"q")
    p.keys(b"S")
    p.wait(b"saved onager-screen-")
    os.kill(p.pid(), signal.SIGINT)
    p.finish()
    names = sorted(os.listdir(place))
    t.equal([os.path.splitext(n)[1] for n in names], [".svg", ".txt"], "files")
    picture, text = (h.read(os.path.join(place, n)) for n in names)
    xml.dom.minidom.parseString(picture)
    t.true("#c8e6ff" in picture and "RUNNING" in picture and "RUNNING" in text, "the screen in its colours")


# ---- cost ----

def drawing_costs_at_most_one_percent_of_a_core(t):
    """The main thread does nothing but draw: its own CPU time, at 120 columns and 40 rows, under load."""
    nginx = h.Nginx(log=False)
    p = Pty([h.need_built(h.ONAGER), nginx.url + "/", "-c", 50, "-d", "10m", "--tui"])
    p.wait(b"RUNNING")
    p.watch(1)
    pid = p.pid()
    before, at = h.cpu_ns(pid, pid), time.monotonic()
    count = p.watch(WATCHED_S)
    passed = time.monotonic() - at
    share = (h.cpu_ns(pid, pid) - before) / 1e9 / passed
    h.note(f"{share * 100:.2f} % of a core, {count / passed:,.0f} bytes a second")
    os.kill(pid, signal.SIGINT)
    p.finish()
    t.true(share <= SHARE_MAX * (10 if h.SANITIZED else 2), f"{share * 100:.2f} % of a core")


def the_first_frame_comes_soon(t):
    nginx = h.Nginx(log=False)
    times = []
    for _ in range(5):
        p = Pty([h.need_built(h.ONAGER), nginx.url + "/", "-d", "10m", "--tui"])
        times.append(p.wait(b"RUNNING"))
        os.kill(p.pid(), signal.SIGINT)
        p.finish()
    times.sort()
    h.note("first frame after " + ", ".join(f"{s * 1000:.0f}" for s in times) + " ms")
    t.true(times[2] <= FIRST_FRAME_S * (10 if h.SANITIZED else 2), f"the first frame came after {times[2]:.2f} s")


h.main(globals())
