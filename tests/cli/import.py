"""Command lines of curl and recordings of a browser become plans that send the same: each is sent by its own program and by onager to a
server that writes down what came."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
import urllib.request

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "e2e"))
import harness as h  # noqa: E402

FILES = os.path.join(h.SOURCE, "tests", "import")


class Recorder(http.server.ThreadingHTTPServer):
    """Answers 200 to everything and keeps what was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self):
        seen, self.seen = self.seen, []
        return seen


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = self.headers.get("Content-Length")
        if "100-continue" in self.headers.get("Expect", ""):
            self.send_response_only(100)
            self.end_headers()
        body = self.rfile.read(int(length)) if length else self.chunks()
        self.server.seen.append((self.command, self.path, [(k, v) for k, v in self.headers.items()], body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok")

    def chunks(self):
        body = b""
        while self.headers.get("Transfer-Encoding", "") == "chunked":
            size = int(self.rfile.readline(), 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                break
        return body

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def log_message(self, *args):
        pass


def commands(url):
    with open(os.path.join(FILES, "curl.txt"), encoding="utf-8") as f:
        text = re.sub(r"^#.*\n", "", f.read(), flags=re.M)
    return [c.strip().replace("URL", url).replace("FILES", FILES) for c in text.split("\n\n") if c.strip()]


def one_iteration(plan):
    """The plan of an import with a scenario that sends it once."""
    with open(plan, encoding="utf-8") as f:
        text = f.read()
    head, scenario = text.split("[scenario imported]")
    flow = "flow = imported\n" if "flow = imported" in scenario else ""
    with open(plan, "w", encoding="utf-8") as f:
        f.write(head + "[scenario imported]\nexecutor = shared-iterations\nvus = 1\niterations = 1\n" + flow)


def boundary(headers, body):
    """A multipart body with the word that separates its parts replaced."""
    for name, value in headers:
        found = re.search(r"boundary=(\S+)", value) if name.lower() == "content-type" else None
        if found:
            return [(k, v.replace(found[1], "B")) for k, v in headers], body.replace(found[1].encode(), b"B")
    return headers, body


def essence(request, names):
    """What has to be equal: not the header by which a program names itself, nor how a body's end is marked."""
    method, path, headers, body = request
    headers, body = boundary(headers, body)
    skip = {"connection", "expect", "content-length", "transfer-encoding"} | names
    joined = {}
    for name, value in headers:  # RFC 9110 5.3: two of a name are one with a comma
        name = name.lower()
        joined[name] = joined[name] + ", " + value if name in joined else value
    return method, path, sorted((k, v) for k, v in joined.items() if k not in skip), body


def imported(command, name):
    """The plan of one command line, ready to be sent once."""
    source, plan = h.path(name + ".txt"), h.path(name + ".ini")
    with open(source, "w", encoding="utf-8") as f:
        f.write(command + "\n")
    result = h.onager("import", "curl", source, "-o", plan)
    if result.code != 0:
        raise h.Failure(f"{command}\n{result.err}")
    one_iteration(plan)
    return plan


def what_curl_sends_is_what_its_import_sends(t):
    h.need("curl")
    server = Recorder()
    lines = commands(server.url)
    t.true(len(lines) >= 40, f"{len(lines)} command lines")
    for number, command in enumerate(lines):
        subprocess.run(["bash", "-c", command], check=True, env=h.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        theirs = server.take()
        result = h.onager(imported(command, f"c{number}"), "-q")
        ours = server.take()
        names = set() if "agent" in command.lower() or "-A" in command else {"user-agent"}
        t.equal(result.code, 0, f"{command}\n{result.err}")
        t.equal([essence(r, names) for r in ours], [essence(r, names) for r in theirs], command)
    server.shutdown()


def what_a_shell_would_put_in_is_refused_with_its_line(t):
    cases = [
        ("curl http://a/\ncurl \"http://b/$HOME\"", "2: a shell would put something in here"),
        ("curl http://a/`id`", "1: a shell would put something in here"),
        ("curl 'http://a/", "a ' without its end"),
        ("wget http://a/", '1: expected a curl command, got "wget"'),
        ("curl http://a/?b=1&c=2", '1: expected a curl command, got "c=2"; a URL with & stands in quotes'),
        ("curl --made-up http://a/", "1: curl's option --made-up is not known here"),
        ("curl -H", "1: the option -H wants a value"),
        ("curl -s", "1: no URL in this command"),
        ("curl http://a/{b,c}", "1: curl would make several URLs of the brackets"),
        ("curl -d @/nowhere/at/all http://a/", '1: cannot read the file "/nowhere/at/all"'),
        ("curl http://a/ http://b/", "1: two URLs in one command"),
    ]
    for command, message in cases:
        child = subprocess.run([h.need_built(h.ONAGER), "import", "curl", "-"], input=command.encode(), env=h.environment(), capture_output=True,
                               timeout=h.LIMIT_S, check=False)
        said = child.stderr.decode()
        t.equal((child.returncode, child.stdout), (3, b""), command)
        t.true("standard input:" in said and message in said, f"{command}: {said}")


def an_import_never_overwrites(t):
    plan = h.path("there.ini")
    with open(plan, "w", encoding="utf-8") as f:
        f.write("mine")
    child = subprocess.run([h.need_built(h.ONAGER), "import", "curl", "-", "-o", plan], input=b"curl http://a/", env=h.environment(),
                           capture_output=True, timeout=h.LIMIT_S, check=False)
    t.equal(child.returncode, 2, child.stderr.decode())
    with open(plan, encoding="utf-8") as f:
        t.equal(f.read(), "mine", "the file")


def demo_server():
    """The demo's target; its URL."""
    child = h.start([h.need_built(h.ONAGER), "demo", "--serve", "0"], stdout=subprocess.PIPE)
    url = re.match(rb"(http://127\.0\.0\.1:\d+)/", child.stdout.readline())
    return child, url[1].decode()


def asked(url, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url + path, data, {"Content-Type": "application/json"}), timeout=10) as answer:
        return json.load(answer)


def what_a_browser_recorded_is_replayed_with_the_values_of_this_run(t):
    child, url = demo_server()
    before = asked(url, "/api/users", {"name": "First"})["id"]  # so that the recorded number is another one's
    with open(os.path.join(FILES, "shop.har"), encoding="utf-8") as f:
        text = f.read()
    har, plan = h.path("shop.har"), h.path("shop.ini")
    with open(har, "w", encoding="utf-8") as f:
        f.write(text.replace("http://127.0.0.1:18090", url))
    result = h.onager("import", "har", har, "-o", plan)
    t.equal(result.code, 0, result.err)
    with open(plan, encoding="utf-8") as f:
        text = f.read()
    t.match(r"^extract\.token = form token$", text, "the hidden field is taken from the page")
    t.match(r"^body = token=\$\{token\}&name=Ann", text, "and sent with the form")
    t.match(r"^url = /api/users/\$\{id\}$", text, "the number of the new user is taken from its answer")
    thinks = [float(x) for x in re.findall(r"^step = think ([\d.]+)ms$", text, re.M)]
    t.true(len(thinks) >= 3 and all(50 <= x < 1000 for x in thinks), f"pauses are kept: {thinks}")
    one_iteration(plan)
    result = h.onager(plan, "-q")
    t.equal(result.code, 0, result.err + result.out)
    t.match(r"requests = 7 ok \+ 0 failed", result.out, "every request is answered as it was")
    stats = asked(url, "/api/stats")["endpoints"]
    t.equal({k: stats.get(k) for k in ("page", "form", "create", "update")}, {"page": 4, "form": 1, "create": 2, "update": 1}, "what was served")
    t.equal(asked(url, f"/api/users/{before + 2}")["name"], "Anna", "the user of this run was changed")
    t.equal(asked(url, f"/api/users/{before + 1}")["name"], f"User {before + 1}", "and not the one of the form, whose number was recorded")
    h.end(child)


def what_is_no_archive_is_refused(t):
    for text, message in (("{", "not JSON"), ("{}", "a HAR has log.entries"), ('{"log":{"entries":[]}}', "there is no request in it")):
        child = subprocess.run([h.need_built(h.ONAGER), "import", "har", "-"], input=text.encode(), env=h.environment(), capture_output=True,
                               timeout=h.LIMIT_S, check=False)
        t.equal((child.returncode, child.stdout), (3, b""), text)
        t.true(message in child.stderr.decode(), child.stderr.decode())


def a_plan_in_yaml_sends_its_weights_and_exactly_so_many(t):
    server = Recorder()
    with open(os.path.join(h.SOURCE, "examples", "load-plan.yaml"), encoding="utf-8") as f:
        text = f.read()
    plan = h.path("load.yaml")
    with open(plan, "w", encoding="utf-8") as f:
        f.write(text.replace("http://127.0.0.1:8080", server.url).replace("requests: 100", "requests: 900"))
    result = h.onager(plan, "-q")
    if "libyaml" in result.err:
        raise h.Skip("built without libyaml")
    seen = server.take()
    t.equal((result.code, len(seen)), (0, 900), result.err)
    posts = [r for r in seen if r[0] == "POST"]
    t.true(abs(len(posts) - 300) < 5 * (900 * 2 / 9) ** 0.5, f"{len(posts)} of 900 were POST")  # five standard deviations
    t.equal({(m, p) for m, p, _, _ in seen}, {("GET", "/api/users"), ("POST", "/api/users")}, "what was sent")
    headers = {k.lower(): v for k, v in posts[0][2]}
    t.equal((headers["accept"], headers["content-type"]), ("application/json", "application/json"), "headers of both kinds")
    t.equal(json.loads(posts[0][3]), {"name": "Joe", "email": "joe@example.com"}, "the body")


h.main(globals())
