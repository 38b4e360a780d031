"""What libcurl carries: digest against Apache, NTLM and Negotiate, proxies behind TLS (Apache again); bodies of any size both ways, by
libcurl and by our own HTTP/1.1; and what idle connections cost. Numbers are checked against what the servers say."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import harness as h
import secure
from secure import kinds

MODULES = "/usr/lib/apache2/modules"
_made = {}


def made(name):
    makers = {"ca": secure.Authority, "good": lambda: made("ca").sign("good"), "other": lambda: secure.Authority("other")}
    if name not in _made:
        _made[name] = makers[name]()
    return _made[name]


class Apache:
    """Apache on the loopback address: /secret/ok wants digest of ann:secret; over TLS it is a proxy too. It does not read what is below
    a directory of ours, so it has one of its own."""

    CONFIG = """
ServerRoot {d}
ServerName localhost
PidFile {d}/pid
ErrorLog {d}/error.log
LogFormat "%>s %m %U %u" short
CustomLog {d}/access.log short
DocumentRoot {d}/www
KeepAliveTimeout 60
MaxKeepAliveRequests 0
StartServers 1
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{tls_port}
<Location /secret>
    AuthType Digest
    AuthName "a realm"
    AuthDigestProvider file
    AuthUserFile {d}/users
    Require valid-user
</Location>
<VirtualHost 127.0.0.1:{tls_port}>
    SSLEngine on
    SSLCertificateFile {pair[0]}
    SSLCertificateKeyFile {pair[1]}
    ProxyRequests On
    AllowCONNECT 1-65535
    CustomLog {d}/proxy.log short
</VirtualHost>
"""

    def __init__(self):
        program = h.need("apache2")
        names = ("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_digest", "ssl", "socache_shmcb", "proxy",
                 "proxy_connect", "proxy_http")
        if not all(os.path.exists(f"{MODULES}/mod_{name}.so") for name in names):
            raise h.Skip("Apache has not all its modules here")
        d = self.directory = tempfile.mkdtemp(prefix="onager-apache-")
        os.makedirs(d + "/www/secret")
        with open(d + "/www/secret/ok", "w", encoding="ascii") as f:
            f.write("hello\n")
        with open(d + "/users", "w", encoding="ascii") as f:
            f.write("ann:a realm:" + hashlib.md5(b"ann:a realm:secret").hexdigest() + "\n")
        taken = [h.free_port() for _ in range(2)]
        self.port, self.tls_port = (port for _, port in taken)
        for holder, _ in taken:
            holder.close()
        with open(d + "/conf", "w", encoding="ascii") as f:
            f.write("".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in names))
            f.write(self.CONFIG.format(d=d, port=self.port, tls_port=self.tls_port, pair=made("good")))
        for base, folders, files in os.walk(d):
            for name in [base, *(os.path.join(base, n) for n in files)]:
                os.chmod(name, 0o755)
        self.url, self.proxy = f"http://127.0.0.1:{self.port}", f"https://127.0.0.1:{self.tls_port}"
        self.process = h.start([program, "-f", d + "/conf", "-D", "FOREGROUND"], mercy=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        h.wait_for("Apache answers", self._answers)

    def _answers(self):
        if self.process.poll() is not None:
            raise h.Failure("Apache ended: " + (h.read(self.directory + "/error.log")))
        try:
            return "401" in subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", self.url + "/secret/ready"], check=False,
                                           capture_output=True, text=True, env=h.environment()).stdout
        except FileNotFoundError:
            raise h.Skip("curl is not installed") from None

    def lines(self, log="access.log"):
        return [line.split() for line in h.read(f"{self.directory}/{log}").splitlines() if "/ready" not in line]

    def stop(self):
        h.end(self.process)
        shutil.rmtree(self.directory, ignore_errors=True)


class AuthServer:
    """tests/tools/auth_server.py"""

    def __init__(self):
        self.process = h.start([sys.executable, os.path.join(h.SOURCE, "tests", "tools", "auth_server.py")], stdout=subprocess.PIPE)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def stats(self):
        return json.loads(h.get(self.url + "/stats"))

    def stop(self):
        h.end(self.process, 9)


def measure(*args, **kwargs):
    return h.measure(*args, "--quiet", **kwargs)


def by_curl(t, summary):
    t.equal({row["transport"] for row in summary["requests"]}, {"curl"}, "what carried the requests")
    h.books(t, summary)


def all_good(t, summary, n):
    t.equal((summary["counts"]["requests"]["ok"], kinds(summary)), (n, {}), "answers and errors")
    by_curl(t, summary)


# ---- who is asking ----

def digest_is_answered_once_for_each_vu_and_then_beforehand(t):
    apache = Apache()
    _, summary = measure(apache.url + "/secret/ok", "--digest", "--user", "ann:secret", "-n", 40, "-c", 2)
    all_good(t, summary, 40)
    t.equal(summary["status"], {"200": 40}, "statuses")
    rows = apache.lines()
    t.equal(sum(row[0] == "200" for row in rows), 40, "answers that Apache gave")
    t.equal(sum(row[0] == "401" for row in rows), 2, "questions that Apache asked")
    t.equal({row[3] for row in rows if row[0] == "200"}, {"ann"}, "whom Apache saw")
    _, plain = measure(apache.url + "/secret/ok", "-n", 1)
    t.true(summary["metrics"]["data_sent"]["count"] > 40 * plain["metrics"]["data_sent"]["count"] * 2, "both requests of an exchange count")
    apache.stop()


def a_wrong_password_is_a_failed_status(t):
    apache = Apache()
    result, summary = measure(apache.url + "/secret/ok", "--digest", "--user", "ann:wrong", "-n", 6, "-c", 2)
    t.equal(summary["status"], {"401": 6}, "statuses")
    t.equal(result.code, 1, "exit code")
    by_curl(t, summary)
    apache.stop()


def a_body_is_sent_again_when_digest_asks(t):
    server, apache = AuthServer(), Apache()
    body = h.write("again.bin", "x" * 200000)
    plan = h.write("digest.ini", f"[http]\nuser = ann:secret\n[request a]\nurl = {apache.url}/secret/ok\nauth = digest\nmethod = POST\n"
                                 f"body_file = {body}\n[request b]\nurl = {server.url}/sink\n[scenario s]\n"
                                 "executor = shared-iterations\niterations = 20\nvus = 2\nmix = a, b\n")
    _, summary = measure(plan)
    t.equal(kinds(summary), {}, "errors")
    h.books(t, summary)
    t.equal([row["transport"] for row in summary["requests"]], ["curl", "http1"], "what carried which")
    apache.stop()
    server.stop()


def ntlm_is_proved_once_for_each_connection(t):
    server = AuthServer()
    _, summary = measure(server.url + "/ntlm", "--ntlm", "--user", "ann:secret", "-n", 30, "-c", 3)
    all_good(t, summary, 30)
    seen = server.stats()
    t.equal((seen["ok"], seen["proved"], seen["challenged"], seen["refused"]), (30, 3, 3, 0), "what the server saw")
    _, summary = measure(server.url + "/ntlm", "--ntlm", "--user", "ann:wrong", "-n", 4, "-c", 1)
    t.equal(summary["status"], {"401": 4}, "statuses with a wrong password")
    by_curl(t, summary)
    _, summary = measure(server.url + "/ntlm", "--ntlm", "--user", "ann:secret", "-n", 6, "-c", 2, "--disable-keepalive")
    all_good(t, summary, 6)
    server.stop()


def negotiate_without_a_ticket_says_so(t):
    server = AuthServer()
    result, summary = measure(server.url + "/negotiate", "--negotiate", "-n", 4, "-c", 2)
    t.equal(kinds(summary), {"auth": 4}, "errors")
    t.match("no Kerberos ticket", result.err, "what is said")
    by_curl(t, summary)
    server.stop()


def what_libcurl_cannot_do_is_said_before_the_start(t):
    result = h.onager("https://127.0.0.1:1/", "--http3", "-n", 1)
    if "HTTP/3 is nothing" not in result.err:
        raise h.Skip("this libcurl has HTTP/3")
    t.equal(result.code, 2, "exit code")
    t.match(r"HTTP/3 is nothing that this libcurl \([0-9.]+\) can do", result.err, "what is said")


# ---- by way of others ----

def a_proxy_behind_tls_is_used_and_verified(t):
    nginx, apache = secure.tls_nginx(made("good")), Apache()
    for url in (nginx.tls_url, nginx.url):
        before = nginx.count()
        _, summary = measure(url + "/", "--proxy", apache.proxy, "--cacert", made("ca").file, "-n", 10, "-c", 2)
        all_good(t, summary, 10)
        t.equal(nginx.count() - before, 10, "requests that nginx saw")
    t.equal(sum(row[1] == "CONNECT" for row in apache.lines("proxy.log")), 2, "tunnels")
    _, summary = measure(nginx.tls_url + "/", "--proxy", apache.proxy, "--cacert", made("other").file, "-n", 4, "-c", 2)
    t.equal(kinds(summary), {"tls_untrusted": 4}, "errors with a proxy that nobody vouches for")
    by_curl(t, summary)
    holder, port = h.free_port()
    _, summary = measure(nginx.tls_url + "/", "--proxy", f"https://127.0.0.1:{port}", "--cacert", made("ca").file, "-n", 4, "-c", 2)
    t.equal(kinds(summary), {"proxy_connect": 4}, "errors without a proxy")
    holder.close()
    apache.stop()
    nginx.stop()


# ---- bodies of any size ----

LARGE = 100 << 20


def highest_kib(*args):
    """Runs onager; its exit code and the most memory it had, in KiB, as of shortly before its end."""
    child, highest = h.start([h.need_built(h.ONAGER), *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), 0
    while child.poll() is None:
        found = re.search(r"VmHWM:\s+(\d+) kB", h.read(f"/proc/{child.pid}/status"))
        highest = max(highest, int(found[1])) if found else highest
        time.sleep(0.01)
    return child.returncode, highest


def a_hundred_megabytes_go_up_and_down_without_being_kept(t):
    if h.SANITIZED:
        raise h.Skip("a sanitizer has memory of its own")
    server = AuthServer()
    large = h.path("large.bin")
    with open(large, "wb") as f:
        for i in range(100):
            f.write(hashlib.sha256(bytes([i])).digest() * (1 << 15))
    small = h.write("small.bin", "x" * (100 << 10))
    for transport in ("http1", "curl"):
        common = ("-c", "1", "-n", "2", "-q", "-t", "1", "--timeout", "60s", "--transport", transport)
        code, base = highest_kib(server.url + "/sink", "-b", "@" + small, *common)
        t.equal(code, 0, "exit code")
        before = server.stats()["received"]
        code, up = highest_kib(server.url + "/sink", "-b", "@" + large, *common)
        t.equal((code, server.stats()["received"] - before), (0, 2 * LARGE), "exit code and what arrived")
        code, down = highest_kib(f"{server.url}/zeros/{LARGE}", *common)
        t.equal(code, 0, "exit code")
        h.note(f"{transport}: {base} KiB with 100 KiB, {up} KiB with 100 MiB up, {down} KiB with 100 MiB down")
        t.within(max(up, down) - base, -1 << 20, 4096, f"KiB more by {transport}")
    os.unlink(large)
    server.stop()


def a_file_arrives_as_it_is(t):
    """Its hash, asked for by a threshold-free look into the answer: the server answers with it, and the length says it is there."""
    server = AuthServer()
    text = "".join(f"{i:08x}\n" for i in range(50000))
    file = h.write("exact.bin", text)
    wanted = hashlib.sha256(text.encode()).hexdigest()
    for transport in ("http1", "curl"):
        plan = h.write("exact.ini", f"[http]\ntransport = {transport}\n[request a]\nurl = {server.url}/sink\nbody_file = {file}\n"
                                    f"check.hash = body contains \"{wanted}\"\n[scenario s]\nexecutor = shared-iterations\n"
                                    "iterations = 3\n")
        _, summary = measure(plan)
        t.equal(summary["counts"]["requests"]["ok"], 3, "answers")
        t.equal((summary["metrics"]["checks"]["passes"], summary["metrics"]["checks"]["fails"]), (3, 0), "hashes by " + transport)
    server.stop()


def a_file_that_changes_during_the_run_is_an_error_of_its_own(t):
    server = AuthServer()
    for transport in ("http1", "curl"):
        file = h.write("changing.bin", "x" * 300000)
        out = h.summary_path()
        child = h.start([h.ONAGER, server.url + "/sink", "-b", "@" + file, "-r", "50/s", "-d", "4s", "-q", "--transport", transport,
                         "--out", "json=" + out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = server.stats()["received"]
        h.wait_for("bodies arrive", lambda: server.stats()["received"] > before + 600000)
        os.truncate(file, 1000)
        child.wait()
        summary = h.load_summary(out)
        t.true(set(kinds(summary)) == {"body_file"} and summary["counts"]["requests"]["ok"] > 0, f"errors by {transport}: {kinds(summary)}")
        h.books(t, summary)
    server.stop()


# ---- nothing to do ----

def waiting_costs_nothing(t):
    """Thirty connections on which nothing happens: less than 1 % of a processor, and not one descriptor more."""
    server = h.TestServer()
    child = h.start([h.ONAGER, server.url + "/delay?first=20000000", "-c", "30", "-d", "30s", "-q", "--transport", "curl", "--timeout", "60s"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    h.wait_for("all are connected", lambda: h.descriptors(child.pid) > 35)
    time.sleep(0.3)
    files, before, began = h.descriptors(child.pid), h.cpu_ns(child.pid), time.monotonic()
    time.sleep(3)
    share = (h.cpu_ns(child.pid) - before) / 1e9 / (time.monotonic() - began)
    h.note(f"{100 * share:.2f} % of a processor")
    t.equal(h.descriptors(child.pid), files, "descriptors")
    h.end(child, 9)
    t.true(share < 0.01, f"{100 * share:.2f} % of a processor")


h.main(globals())
