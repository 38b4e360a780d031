"""https against nginx, openssl s_server and servers that do what no decent server does: each way to fail has its own kind and
none is passed over, what works works in TLS 1.2 and 1.3, and bytes arrive however they are cut."""

import hashlib
import os
import subprocess
import threading

import harness as h
import secure
from secure import answer, serve_all

_made = {}


def made(name):
    """Keys take time: each certificate is made once, by the first test that wants it."""
    makers = {
        "ca": secure.Authority,
        "other_ca": lambda: secure.Authority("other"),
        "good": lambda: made("ca").sign("good"),
        "expired": lambda: made("ca").sign("expired", days=-1),
        "wrong_host": lambda: made("ca").sign("wrong", names="DNS:elsewhere.test"),
        "alone": secure.self_signed,
        "client": lambda: made("ca").sign("client"),
        "stranger": lambda: made("other_ca").sign("stranger"),
    }
    if name not in _made:
        _made[name] = makers[name]()
    return _made[name]


def measure(url, *args, trust=True, **kwargs):
    return h.measure(url, "--quiet", *(["--cacert", made("ca").file] if trust else []), *args, **kwargs)


def fails_as(t, kind, url, *args, trust=True, detail=None, n=5):
    """Every request fails in this way alone and is counted as such; nothing was sent."""
    result, summary = measure(url, "-n", n, "-c", "2", *args, trust=trust)
    t.equal(secure.kinds(summary), {kind: n}, "errors by kind")
    t.equal(summary["counts"]["requests"]["ok"], 0, "answers")
    t.equal(result.code, 1, "exit code")
    if detail is not None:
        t.match(detail, result.err, "what is said")
    h.books(t, summary)


def all_good(t, summary, n):
    t.equal((summary["counts"]["requests"]["ok"], secure.kinds(summary)), (n, {}), "answers and errors")
    h.books(t, summary)


# ---- ways to fail ----

def an_expired_certificate_is_named(t):
    server = secure.SServer(made("expired"))
    fails_as(t, "tls_expired", server.url, detail="certificate has expired")
    server.stop()


def a_self_signed_certificate_is_untrusted(t):
    server = secure.SServer(made("alone"))
    fails_as(t, "tls_untrusted", server.url, detail="self-signed certificate")
    fails_as(t, "tls_untrusted", server.url, trust=False)
    server.stop()


def a_certificate_of_an_unknown_ca_is_untrusted(t):
    server = secure.SServer(made("stranger"))
    fails_as(t, "tls_untrusted", server.url, detail="-k")
    server.stop()


def the_system_s_cas_do_not_count_where_a_file_names_others(t):
    server = secure.SServer(made("good"))
    fails_as(t, "tls_untrusted", server.url, trust=False)
    _, summary = h.measure(server.url, "-n", 3, "-c", 1, "--quiet", SSL_CERT_FILE=made("ca").file)
    all_good(t, summary, 3)
    result, summary = h.measure(server.url, "-n", 3, "-c", 1, "--quiet", "--cacert", made("other_ca").file, SSL_CERT_FILE=made("ca").file)
    t.equal(secure.kinds(summary), {"tls_untrusted": 3}, "errors")
    t.equal(result.code, 1, "exit code")
    server.stop()


def a_certificate_for_another_host_is_named(t):
    server = secure.SServer(made("wrong_host"))
    fails_as(t, "tls_wrong_host", server.url, detail="mismatch")
    fails_as(t, "tls_wrong_host", server.url.replace("127.0.0.1", "localhost"), detail="mismatch")
    plan = h.write("named.ini", f"[http]\nca_file = {made('ca').file}\nserver_name = elsewhere.test\n[request a]\nurl = {server.url}\n"
                                "[scenario s]\nexecutor = shared-iterations\niterations = 3\n")
    _, summary = h.measure(plan, "--quiet")
    all_good(t, summary, 3)
    server.stop()


def a_version_that_is_not_allowed_is_named(t):
    old = secure.SServer(made("good"), "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    fails_as(t, "tls_version", old.url)
    _, summary = measure(old.url, "-n", 3, "-c", 1, "--tls-min", "1.1")
    all_good(t, summary, 3)
    old.stop()
    for spoken, wanted in (("-tls1_2", ("--tls-min", "1.3")), ("-tls1_3", ("--tls-max", "1.2"))):
        server = secure.SServer(made("good"), spoken)
        fails_as(t, "tls_version", server.url, *wanted)
        server.stop()


def a_missing_client_certificate_is_named(t):
    for version in ("-tls1_2", "-tls1_3"):
        server = secure.SServer(made("good"), version, "-Verify", "1", "-verify_return_error", "-CAfile", made("ca").file)
        fails_as(t, "tls_client_cert", server.url)
        certificate, key = made("stranger")
        fails_as(t, "tls_client_cert", server.url, "--cert", certificate, "--key", key)
        certificate, key = made("client")
        _, summary = measure(server.url, "-n", 3, "-c", 1, "--cert", certificate, "--key", key)
        all_good(t, summary, 3)
        server.stop()


def an_end_within_the_handshake_is_named(t):
    server = secure.Server(lambda sock: sock.recv(65536))
    fails_as(t, "tls_eof", server.url)
    server.stop()


def an_alert_of_the_server_is_named(t):
    def refuse(sock):
        sock.recv(65536)
        sock.sendall(bytes([21, 3, 3, 0, 2, 2, 40]))
        sock.recv(65536)

    server = secure.Server(refuse)
    fails_as(t, "tls_alert", server.url, detail="handshake failure")
    server.stop()
    nginx = secure.tls_nginx(made("good"), "ssl_reject_handshake on;")
    fails_as(t, "tls_alert", nginx.tls_url + "/", detail="unrecognized name")
    nginx.stop()


def a_port_without_tls_is_said_to_be_one(t):
    nginx = h.Nginx()
    fails_as(t, "tls_other", nginx.url.replace("http", "https") + "/", detail="does not speak TLS")
    nginx.stop()


def a_server_that_says_nothing_is_a_timeout_of_the_handshake(t):
    silent = threading.Event()
    server = secure.Server(lambda sock: silent.wait(20))
    fails_as(t, "timeout_tls", server.url, "--timeout", "200ms", n=2)
    silent.set()
    server.stop()


def a_damaged_record_is_not_taken_for_an_answer(t):
    def damage(peer):
        peer.request()
        data = bytearray(peer.records(answer(b"x" * 100)))
        data[-1] ^= 1
        peer.sock.sendall(data)
        peer.sock.recv(65536)

    server = secure.Server(damage, made("good"))
    _, summary = measure(server.url, "-n", 3, "-c", 1)
    t.equal(secure.kinds(summary), {"tls_other": 3}, "errors")
    server.stop()


def a_thousand_failed_handshakes_leave_no_descriptor(t):
    server = secure.Server(lambda sock: sock.recv(65536))
    child = h.start([h.need_built(h.ONAGER), server.url, "-c", "4", "-t", "1", "-d", "60s", "--quiet", "--cacert", made("ca").file],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=h.environment())
    h.wait_for("the first failures", lambda: server.connections > 50)
    before = max(h.descriptors(child.pid) for _ in range(20))
    h.wait_for("a thousand failures", lambda: server.connections > 1100)
    t.within(min(h.descriptors(child.pid) for _ in range(20)), 1, before + 8, "descriptors")  # four are under way at any moment
    h.end(child)
    server.stop()


# ---- what works ----

def insecure_is_only_what_was_asked_for(t):
    for name in ("expired", "alone", "wrong_host"):
        server = secure.SServer(made(name))
        _, summary = measure(server.url, "-n", 3, "-c", 1, "-k", trust=False)
        all_good(t, summary, 3)
        result = h.onager(server.url, "-n", 3, "-c", 1, "--insecure", "--progress")
        t.match("certificates of servers are not verified", result.err, "it is said")
        server.stop()


def versions_are_those_that_were_asked_for(t):
    nginx = secure.tls_nginx(made("good"))
    for args, version in ((("--tls-max", "1.2"), "TLSv1.2"), (("--tls-min", "1.3"), "TLSv1.3"), ((), "TLSv1.3")):
        before = len(nginx.secured())
        _, summary = measure(nginx.tls_url + "/", "-n", 20, "-c", 4, *args)
        all_good(t, summary, 20)
        h.wait_for("the log", lambda before=before: len(nginx.secured()) == before + 20)
        t.equal({v for v, _ in nginx.secured()[before:]}, {version}, "protocol")
    nginx.stop()


def a_client_certificate_opens_nginx(t):
    nginx = secure.tls_nginx(made("good"), f"ssl_client_certificate {made('ca').file}; ssl_verify_client on;")
    certificate, key = made("client")
    url = nginx.tls_url + "/"
    for version in ("1.2", "1.3"):
        _, summary = measure(url, "-n", 10, "-c", 2, "--tls-min", version, "--tls-max", version, "--cert", certificate, "--key", key)
        all_good(t, summary, 10)
        _, summary = measure(url, "-n", 10, "-c", 2, "--tls-min", version, "--tls-max", version)
        t.equal(summary["status"], {"400": 10}, "nginx says no in HTTP")
    both = h.write("both.pem", h.read(certificate) + h.read(key))
    _, summary = measure(url, "-n", 10, "-c", 2, "-E", both)
    all_good(t, summary, 10)
    nginx.stop()


def sessions_are_resumed_unless_that_is_off(t):
    nginx = secure.tls_nginx(made("good"))
    for version in ("1.2", "1.3"):
        for wanted in ("yes", "no"):
            plan = h.write("resume.ini", f"[http]\nca_file = {made('ca').file}\nreuse = none\ntls_max = {version}\ntls_resumption = {wanted}\n"
                                         f"[request a]\nurl = {nginx.tls_url}/\n[scenario s]\nexecutor = shared-iterations\niterations = 50\n")
            before = len(nginx.secured())
            _, summary = h.measure(plan, "--quiet")
            all_good(t, summary, 50)
            h.wait_for("the log", lambda before=before: len(nginx.secured()) == before + 50)
            resumed = sum(1 for _, r in nginx.secured()[before:] if r)
            t.equal(resumed, 49 if wanted == "yes" else 0, f"connections that resumed, TLS {version}, {wanted}")
            t.equal(summary["metrics"]["http_req_tls_handshaking"]["count"], 50, "handshakes")
    nginx.stop()


def the_suite_that_browsers_prefer_is_offered_first_unless_a_plan_names_some(t):
    import ssl  # pylint: disable=import-outside-toplevel
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made("good"))
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # what the client offers first is taken
    taken = []

    def serve(peer):
        taken.append(peer.tls.cipher()[0])
        serve_all(peer)

    server = secure.Server(serve, context=context)
    _, summary = measure(server.url, "-n", 1)
    all_good(t, summary, 1)
    plan = h.write("suites.ini", f"[http]\nca_file = {made('ca').file}\ntls_ciphers = TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384\n"
                                 f"[request a]\nurl = {server.url}\n[scenario s]\nexecutor = shared-iterations\n")
    _, summary = h.measure(plan, "--quiet")
    all_good(t, summary, 1)
    t.equal(taken, ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"], "suites")
    server.stop()


def a_name_is_asked_for_and_http_1_1_is_offered(t):
    import ssl  # pylint: disable=import-outside-toplevel
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made("good"))
    context.set_alpn_protocols(["h2", "http/1.1"])
    names, protocols = [], []
    context.sni_callback = lambda sock, name, _: names.append(name)

    def serve(peer):
        protocols.append(peer.tls.selected_alpn_protocol())
        serve_all(peer)

    server = secure.Server(serve, context=context)
    for host in ("localhost", "127.0.0.1"):
        _, summary = measure(server.url.replace("127.0.0.1", host), "-n", 1)
        all_good(t, summary, 1)
    t.equal(names, ["localhost", None], "names")
    t.equal(protocols, ["http/1.1", "http/1.1"], "protocols")
    server.stop()


def bytes_may_come_one_at_a_time(t):
    def serve(peer):
        while peer.request() is not None:
            peer.drip(answer(b"dripping\n"))

    server = secure.Server(serve, made("good"))
    _, summary = measure(server.url, "-n", 5, "-c", 1)
    all_good(t, summary, 5)
    t.equal(server.connections, 1, "connections")
    server.stop()


def many_records_in_one_packet_are_all_read(t):
    """What OpenSSL has read ahead makes no event any more."""
    def serve(peer):
        while peer.request() is not None:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6000\r\n\r\n", *[b"x" * 60] * 100)

    server = secure.Server(serve, made("good"))
    _, summary = measure(server.url, "-n", 20, "-c", 2, "--timeout", "5s")
    all_good(t, summary, 20)
    t.equal(server.connections, 2, "connections")
    server.stop()


def a_goodbye_in_the_packet_of_the_answer_ends_the_connection(t):
    """The end is known before any event tells of it: the next request takes a new connection and none fails."""
    over = threading.Event()

    def serve(peer):
        peer.request()
        peer.send(answer(b"last words\n"), goodbye=True)
        over.wait(20)

    server = secure.Server(serve, made("good"))
    _, summary = measure(server.url, "-n", 5, "-c", 1, "--timeout", "5s")
    over.set()
    all_good(t, summary, 5)
    t.equal(server.connections, 5, "connections")
    t.equal(summary["counts"]["requests"]["total"], 5, "requests, none of them again")
    server.stop()


def bytes_nobody_asked_for_end_the_connection(t):
    def serve(peer):
        while peer.request() is not None:
            peer.send(answer(b"one\n"), b"HTTP/1.1 200 OK\r\n")

    server = secure.Server(serve, made("good"))
    _, summary = measure(server.url, "-n", 5, "-c", 1)
    all_good(t, summary, 5)
    t.equal(server.connections, 5, "connections")
    server.stop()


def a_body_that_ends_with_the_connection_wants_a_goodbye(t):
    """RFC 9112, 9.8: without close_notify nobody knows whether it was cut. A length or chunks say it themselves."""
    head = b"HTTP/1.1 200 OK\r\n"
    cases = (
        (head + b"\r\nto the end", True, {}),
        (head + b"\r\nto the end", False, {"partial_body": 3}),
        (head + b"Content-Length: 3\r\nConnection: close\r\n\r\nabc", False, {}),
        (head + b"Content-Length: 4\r\nConnection: close\r\n\r\nabc", True, {"partial_body": 3}),
        (head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", False, {}),
        (head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", False, {"partial_body": 3}),
        (b"", False, {"empty_reply": 3}),
    )
    for text, goodbye, expected in cases:
        def serve(peer, text=text, goodbye=goodbye):
            peer.request()
            peer.send(*([text] if text else []), goodbye=goodbye)

        server = secure.Server(serve, made("good"))
        _, summary = measure(server.url, "-n", 3, "-c", 1)
        t.equal(secure.kinds(summary), expected, f"errors after {text!r}, goodbye {goodbye}")
        h.books(t, summary)
        server.stop()


def ten_megabytes_come_and_go(t):
    body = os.urandom(10_000_000)
    file = h.path("big")
    with open(file, "wb") as f:
        f.write(body)
    seen = []

    def serve(peer):
        while (request := peer.request()) is not None:
            seen.append(hashlib.sha256(request[1]).hexdigest())
            peer.send(answer(body))

    server = secure.Server(serve, made("good"))
    for version in ("1.2", "1.3"):
        _, summary = measure(server.url, "-n", 4, "-c", 2, "--tls-min", version, "--tls-max", version, "-m", "POST", "-b", "@" + file,
                             "--timeout", "60s")
        all_good(t, summary, 4)
        t.within(summary["metrics"]["data_received"]["count"], 40_000_000, 40_001_000, "bytes received")
        t.within(summary["metrics"]["data_sent"]["count"], 40_000_000, 40_001_000, "bytes sent")
    t.equal(seen, [hashlib.sha256(body).hexdigest()] * 8, "what arrived")
    server.stop()


def a_connection_that_ended_while_idle_is_replaced(t):
    def serve(peer):
        peer.request()
        peer.send(answer(b"once\n"))
        peer.request()
        # no word to the second request: gone

    server = secure.Server(serve, made("good"))
    _, summary = measure(server.url, "-n", 2, "-c", 1)
    t.equal(secure.kinds(summary), {"empty_reply": 1}, "the stale connection")
    t.equal(summary["counts"]["requests"]["ok"], 2, "answers")
    server.stop()


def keys_are_logged_where_that_is_asked_for(t):
    server = secure.SServer(made("good"))
    log = h.path("keys")
    _, summary = measure(server.url, "-n", 3, "-c", 1, "-t", 1, SSLKEYLOGFILE=log)
    all_good(t, summary, 3)
    t.match("^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]{64,96}$", h.read(log), "key log")
    server.stop()


def a_redirect_leads_from_http_to_https(t):
    """TLS was not foreseen when the run began; what is trusted holds all the same."""
    server = secure.Server(serve_all, made("good"))
    nginx = h.Nginx(tls=f"ssl_certificate {made('good')[0]}; ssl_certificate_key {made('good')[1]}; "
                        f"location /over {{ return 302 {server.url}; }}")
    for args, expected in (((), (6, {})), (("--cacert", made("other_ca").file), (3, {"tls_untrusted": 3}))):
        _, summary = measure(nginx.url + "/over", "--follow", "-n", 3, "-c", 1, *args)
        t.equal((summary["counts"]["requests"]["ok"], secure.kinds(summary)), expected, "answers and errors")
        h.books(t, summary)
    nginx.stop()
    server.stop()


def a_file_that_cannot_be_used_is_said_before_the_start(t):
    result = h.onager("https://127.0.0.1:1/", "--cacert", "/nowhere.pem", "--quiet")
    t.equal(result.code, 2, "exit code")
    t.match('--cacert: cannot read "/nowhere.pem": No such file', result.err, "the reason")
    plan = h.write("ciphers.ini", "[http]\ntls_ciphers = ROT13\n[request a]\nurl = https://127.0.0.1:1/\n"
                                  "[scenario s]\nexecutor = shared-iterations\n")
    result = h.onager(plan, "--quiet")
    t.equal(result.code, 2, "exit code")
    t.match("tls_ciphers: OpenSSL says \"no cipher match\"", result.err, "the reason")


def ciphers_are_those_of_the_plan(t):
    for version, cipher in (("1.2", "ECDHE-RSA-AES128-GCM-SHA256"), ("1.3", "TLS_CHACHA20_POLY1305_SHA256")):
        seen = []

        def serve(peer, seen=seen):
            seen.append(peer.tls.cipher()[0])
            serve_all(peer)

        server = secure.Server(serve, made("good"))
        plan = h.write("ciphers.ini", f"[http]\nca_file = {made('ca').file}\ntls_max = {version}\ntls_ciphers = {cipher}\nktls = yes\n"
                                      f"[request a]\nurl = {server.url}\n[scenario s]\nexecutor = shared-iterations\niterations = 3\n")
        _, summary = h.measure(plan, "--quiet")
        all_good(t, summary, 3)
        t.equal(seen, [cipher], "cipher")
        server.stop()


def the_handshake_is_a_phase_of_its_own(t):
    import time  # pylint: disable=import-outside-toplevel

    def slow(sock):
        peer = secure.Peer(sock, context)
        time.sleep(0.1)  # what is measured, not something that is waited for
        peer.shake_hands()
        serve_all(peer)

    import ssl  # pylint: disable=import-outside-toplevel
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made("good"))
    server = secure.Server(slow)
    _, summary = measure(server.url, "-n", 3, "-c", 1)
    all_good(t, summary, 3)
    tls = summary["metrics"]["http_req_tls_handshaking"]
    t.within(tls["max"], 100, 5000, "handshake in ms")
    t.within(summary["metrics"]["http_req_connecting"]["max"], 0, tls["max"], "connecting")
    t.within(summary["metrics"]["http_req_duration"]["max"], 0, tls["max"], "the request is not charged with it")
    server.stop()


h.main(globals())
