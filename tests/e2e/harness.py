"""Common ground of the end-to-end tests: TAP, processes that never outlive a test, nginx and the test server on ports the
kernel picks, the program under test, and a terminal (tmux) to watch and steer it in. Standard library only.

    import harness as h

    def a_sentence_about_what_holds(t):
        t.equal(nginx.count(), summary["counts"]["requests"]["sent"], "requests")

    h.main(globals())
"""

import atexit
import ctypes
import inspect
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import validate  # noqa: E402

LIMIT_S = 60.0  # for every condition that is waited for
TICKS = os.sysconf("SC_CLK_TCK")

BUILD = os.environ.get("top_builddir", os.getcwd())
SOURCE = os.environ.get("top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
ONAGER = os.environ.get("ONAGER", os.path.join(BUILD, "src", "onager"))
SANITIZED = bool(os.environ.get("SAN_CFLAGS", "").strip())  # slower, and not to be run under valgrind
TESTSERVER = os.path.join(BUILD, "tests", "tools", "testserver")


class Skip(Exception):
    """Raised by a test that cannot be done here; the text says why."""


class Failure(Exception):
    pass


# ---- a place of our own, and processes that end with us ----

_children = []
_directory = None


def directory():
    """A temporary directory, removed at the end."""
    global _directory
    if _directory is None:
        _directory = tempfile.mkdtemp(prefix="onager-e2e-")
        for name in ("home", "config", "state", "data", "cache", "runtime"):
            os.mkdir(os.path.join(_directory, name), 0o700)
    return _directory


def path(name):
    return os.path.join(directory(), name)


def environment(**more):
    """What a child sees: no settings of whoever runs the tests."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("ONAGER_", "XDG_", "LC_", "TMUX"))}
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "COLORTERM", "CI", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "LANG", "LANGUAGE"):
        keep.pop(name, None)
    d = directory()
    keep.update(HOME=d + "/home", XDG_CONFIG_HOME=d + "/config", XDG_STATE_HOME=d + "/state", XDG_DATA_HOME=d + "/data",
                XDG_CACHE_HOME=d + "/cache", XDG_RUNTIME_DIR=d + "/runtime", LC_ALL="C.UTF-8", TERM="xterm-256color",
                TMUX_TMPDIR=d, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    keep.update({k: str(v) for k, v in more.items()})
    return keep


_prctl = ctypes.CDLL(None).prctl


def start(args, mercy=False, **kwargs):
    """A child that is killed when the test ends, whatever ends it; with `mercy` it is told to end, as it has children too."""
    kwargs.setdefault("env", environment())
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    how = signal.SIGTERM if mercy else signal.SIGKILL
    child = subprocess.Popen(args, preexec_fn=lambda: _prctl(1, how), **kwargs)  # PR_SET_PDEATHSIG
    child.mercy = mercy
    _children.append(child)
    return child


def end(child, how=signal.SIGTERM):
    """Ends it and waits; kills it when it does not obey."""
    if child.poll() is None:
        child.send_signal(how)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return child.returncode


def _clean_up():
    for child in reversed(_children):
        if child.poll() is None:
            child.send_signal(signal.SIGCONT)
            if child.mercy:
                end(child)
            else:
                child.kill()
                child.wait()
    if _directory is not None:
        shutil.rmtree(_directory, ignore_errors=True)


atexit.register(_clean_up)
for _number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(_number, lambda number, frame: sys.exit(128 + number))


def wait_for(what, predicate, limit_s=LIMIT_S, every_s=0.02):
    """Waits until predicate() is true and returns what it returned."""
    end_at = time.monotonic() + limit_s
    while True:
        got = predicate()
        if got:
            return got
        if time.monotonic() > end_at:
            raise Failure(f"{limit_s:g} s are over: {what}")
        time.sleep(every_s)


def need(program):
    found = shutil.which(program, path=environment()["PATH"])
    if found is None:
        raise Skip(program + " is not installed")
    return found


def need_built(name):
    if not os.access(name, os.X_OK):
        raise Skip(name + " is not built")
    return name


# ---- reading /proc ----

def cpu_ns(pid, tid=None):
    """CPU time of a process (or one of its threads) in ns, exact to the scheduler's clock."""
    if tid is not None:
        with open(f"/proc/{pid}/task/{tid}/schedstat", encoding="ascii") as f:
            return int(f.read().split()[0])
    return sum(cpu_ns(pid, t) for t in os.listdir(f"/proc/{pid}/task"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def tree(pid):
    """pid and all that descend from it."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            below = f.read().split()
    except OSError:
        return []
    return [pid] + [p for child in below for p in tree(int(child))]


def find_program(root_pid, program=None):
    """The process of `program` (default: onager) below root_pid."""
    wanted = os.path.realpath(program or ONAGER)
    for pid in tree(root_pid):
        try:
            if os.path.realpath(f"/proc/{pid}/exe") == wanted:
                return pid
        except OSError:
            pass
    return None


# ---- servers ----

def listening_socket():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", 0))
    s.listen(4096)
    return s


def free_port():
    """A port on which nothing listens: bound and never listened on, as long as the returned socket lives."""
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    return s, s.getsockname()[1]


class Nginx:
    """nginx with one worker on the loopback address and an access log of its own. It inherits a socket that is bound already,
    so the port is the kernel's choice and nobody can take it in between."""

    CONFIG = """
daemon off;
master_process on;
worker_processes 1;
pid {d}/nginx.pid;
error_log {d}/error.log warn;
{user}
worker_rlimit_nofile 12000;
events {{ worker_connections 11000; }}
http {{
    log_format plain '$msec $status $request_method $request_uri $connection $connection_requests {secured}';
    access_log {log};
    client_body_temp_path {d}/body; proxy_temp_path {d}/proxy; fastcgi_temp_path {d}/fastcgi;
    uwsgi_temp_path {d}/uwsgi; scgi_temp_path {d}/scgi;
    keepalive_requests 100000000;
    keepalive_timeout 300s;
    default_type text/plain;
    tcp_nodelay on;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        {tls}
        location / {{ return 200 "hello, world\\n"; }}
        location /missing {{ return 404 "nothing here\\n"; }}
        location /created {{ return 201 "made\\n"; }}
        location /json {{ default_type application/json;
            return 200 '{{"user":{{"id":42,"name":"ann"}},"items":[{{"id":1,"price":2.5}},{{"id":2,"price":3.5}}],"token":"8c1f5e0d"}}'; }}
        location /busy {{ return 503 "too much\\n"; }}
        location /moved {{ return 301 /; }}
        location /server-status {{ stub_status; access_log off; }}
    }}
}}
"""

    def __init__(self, log=True, command=(), tls=None):
        """tls: directives of nginx for a second port that speaks TLS; with them the log has the protocol and "r" for resumed."""
        nginx = need("nginx")
        self.directory = tempfile.mkdtemp(prefix="nginx-", dir=directory())
        self.log = os.path.join(self.directory, "access.log")
        sockets = [listening_socket() for _ in range(1 if tls is None else 2)]
        self.port, self.tls_port = sockets[0].getsockname()[1], sockets[-1].getsockname()[1]
        self.url, self.tls_url = f"http://127.0.0.1:{self.port}", f"https://127.0.0.1:{self.tls_port}"
        config = os.path.join(self.directory, "nginx.conf")
        with open(config, "w", encoding="ascii") as f:
            f.write(self.CONFIG.format(d=self.directory, port=self.port, log=f"{self.log} plain" if log else "off",
                                       user="user root;" if os.getuid() == 0 else "",
                                       secured="$ssl_protocol $ssl_session_reused" if tls else "",
                                       tls=f"listen 127.0.0.1:{self.tls_port} backlog=4096 ssl; {tls}" if tls else ""))
        for s in sockets:
            s.set_inheritable(True)
        self.process = start([*command, nginx, "-c", config, "-p", self.directory], mercy=True, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=environment(NGINX="".join(f"{s.fileno()};" for s in sockets)),
                             pass_fds=[s.fileno() for s in sockets])
        for s in sockets:
            s.close()
        self._asked = 0
        wait_for("nginx answers", self._answers)
        before = self.served()
        self._asked += before

    def _answers(self):
        if self.process.poll() is not None:
            raise Failure("nginx ended: " + read(os.path.join(self.directory, "error.log")))
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                s.sendall(b"GET /ready HTTP/1.0\r\n\r\n")
                return s.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def lines(self):
        """The log's lines as (seconds, status, method, target, connection, requests on it); ours to see it is up left out."""
        rows = []
        with open(self.log, encoding="utf-8", errors="replace") as f:
            for line in f:
                words = line.split(" ")
                if line.endswith("\n") and words[3] != "/ready":
                    rows.append((float(words[0]), int(words[1]), words[2], words[3], int(words[4]), int(words[5])))
        return rows

    def secured(self):
        """Of each logged request over TLS, the protocol and whether its connection resumed a session."""
        words = [line.split() for line in read(self.log).splitlines()]
        return [(row[6], row[7] == "r") for row in words if len(row) > 7 and row[6] != "-"]

    def count(self):
        return len(self.lines())

    def statuses(self):
        counts = {}
        for row in self.lines():
            counts[str(row[1])] = counts.get(str(row[1]), 0) + 1
        return counts

    def workers(self):
        return [p for p in tree(self.process.pid) if p != self.process.pid]

    def served(self):
        """Requests nginx counted so far, this question left out; exact without a log."""
        self._asked += 1
        return int(re.search(r"requests\s+\d+ \d+ (\d+)", get(self.url + "/server-status"))[1]) - self._asked

    def stop(self):
        """Lets what is under way end, so that the log is complete."""
        return end(self.process, signal.SIGQUIT)


class TestServer:
    """tests/tools/testserver."""

    def __init__(self, port=0):
        self.log = tempfile.mktemp(prefix="truth-", dir=directory())
        self.process = start([need_built(TESTSERVER), "--port", str(port), "--log", self.log], stdout=subprocess.PIPE)
        line = self.process.stdout.readline().split()
        if len(line) != 2:
            raise Failure("the test server did not start")
        self.port = int(line[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def stats(self):
        return json.loads(get(self.url + "/stats"))

    def truth(self):
        """Dicts of the stamps in ns of every answer of /delay."""
        names = ("path", "accepted", "head", "first", "last")
        rows = []
        for line in read(self.log).splitlines():
            words = line.split()
            rows.append(dict(zip(names, [words[0]] + [int(w) for w in words[1:]])))
        return rows

    def stop(self):
        return end(self.process)


def get(url):
    """The body of a GET, without any proxy."""
    match = re.match(r"http://([0-9.]+):(\d+)(/.*)$", url)
    with socket.create_connection((match[1], int(match[2])), 20) as s:
        s.sendall(f"GET {match[3]} HTTP/1.0\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            more = s.recv(65536)
            if not more:
                raise Failure("no answer from " + url)
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
        while len(body) < length:
            more = s.recv(65536)
            if not more:
                raise Failure("answer cut off: " + url)
            body += more
        return body.decode()


# ---- the program under test ----

class Result:
    def __init__(self, code, out, err, seconds, usage=None):
        self.code, self.out, self.err, self.seconds, self.usage = code, out, err, seconds, usage

    def __str__(self):
        return f"exit {self.code} after {self.seconds:.1f} s\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def onager(*args, limit_s=LIMIT_S, program=None, **env):
    """Runs it to its end without a terminal."""
    began = time.monotonic()
    child = start([need_built(program or ONAGER), *[str(a) for a in args]], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                  env=environment(**env))
    try:
        out, err = child.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        child.kill()
        out, err = child.communicate()
        raise Failure(f"onager {' '.join(str(a) for a in args)} did not end in {limit_s:g} s\n{err.decode(errors='replace')}") from None
    result = Result(child.returncode, out.decode(errors="replace"), err.decode(errors="replace"), time.monotonic() - began)
    if re.search(r"(Address|Leak|Thread)Sanitizer|runtime error:", result.err):
        raise Failure(f"a sanitizer complains: {result}")
    return result


_summaries = 0


def summary_path():
    global _summaries
    _summaries += 1
    return path(f"summary-{_summaries}.json")


def measure(*args, **kwargs):
    """onager with --out json=...; the result and the summary."""
    file = summary_path()
    result = onager(*args, "--out", "json=" + file, **kwargs)
    if not os.path.exists(file):
        raise Failure("no summary was written: " + str(result))
    return result, load_summary(file)


def load_summary(file):
    """The summary, which must have the form its schema says."""
    summary = validate.load(file)
    found = list(validate.mistakes(summary, validate.load(os.path.join(SOURCE, "src", "output", "summary.schema.json"))))
    if found:
        raise Failure(f"{file} is not as its schema says: {found[:5]}")
    return summary


def read(file):
    with open(file, encoding="utf-8", errors="replace") as f:
        return f.read()


def write(name, text):
    file = path(name)
    with open(file, "w", encoding="utf-8") as f:
        f.write(text)
    return file


# ---- what must hold of every summary ----

def books(t, summary, label=""):
    """All three books, from the JSON alone."""
    counts = summary["counts"]
    i, r = counts["iterations"], counts["requests"]
    dropped = sum(i["dropped_by"].values())
    t.equal(i["dropped"], dropped, label + "dropped is the sum of its reasons")
    t.equal(i["planned"], i["started"] + i["dropped"] + i["cancelled"], label + "planned = started + dropped + cancelled")
    t.equal(i["started"], i["completed"] + i["interrupted"], label + "started = completed + interrupted")
    errors = sum(r["errors"].values())
    t.equal(r["total"], r["ok"] + r["failed_status"] + errors + r["interrupted"], label + "total = ok + failed + errors + interrupted")
    t.equal(sum(row["count"] for row in summary["requests"]), r["total"], label + "the rows add up to the total")
    t.equal(sum(summary["intervals"]["requests"]), r["total"], label + "the intervals add up to the total")
    t.equal(summary["metrics"]["http_reqs"]["count"], r["total"], label + "http_reqs is the total")
    answered = sum(n for status, n in summary["status"].items() if status.isdigit())
    t.equal(answered, r["ok"] + r["failed_status"], label + "every answer has one status")
    t.true(not any(x["code"] in ("lost", "books") for x in summary["verdict"]["reasons"]), label + "no sample is lost")


# ---- TAP ----

class Test:
    """What a test function gets: assertions that say what they saw."""

    def __init__(self):
        self.failures = []

    def true(self, condition, what):
        if not condition:
            raise Failure(what)

    def equal(self, got, expected, what):
        if got != expected:
            raise Failure(f"{what}: got {got!r}, expected {expected!r}")

    def within(self, got, low, high, what):
        if got is None or not low <= got <= high:
            raise Failure(f"{what}: got {got!r}, expected {low!r} to {high!r}")

    def match(self, pattern, text, what):
        found = re.search(pattern, text, re.M)
        if found is None:
            raise Failure(f"{what}: nothing like {pattern!r} in\n{text}")
        return found


def note(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def main(names):
    """Runs every function of the module that takes `t`, in the order of the file; with arguments only those named."""
    here = sys.modules["__main__"].__name__
    tests = [f for f in names.values() if inspect.isfunction(f) and f.__module__ == here and list(inspect.signature(f).parameters) == ["t"]]
    wanted = sys.argv[1:]
    tests = [f for f in tests if not wanted or f.__name__ in wanted]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        title = test.__name__.replace("_", " ")
        try:
            test(Test())
            print(f"ok {number} - {title}", flush=True)
        except Skip as reason:
            print(f"ok {number} - {title} # SKIP {reason}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            line = error.__traceback__
            while line.tb_next is not None and line.tb_next.tb_frame.f_code.co_filename == os.path.abspath(sys.argv[0]):
                line = line.tb_next
            note(f"{type(error).__name__} in line {line.tb_lineno}: {error}")
            print(f"not ok {number} - {title}", flush=True)
    sys.exit(1 if failed else 0)
