"""[safety] in whole runs: the limit of what is under way, the rule that ends a run, and the breaker that pauses it, tells a
webhook once, tries, and goes on."""

import http.server
import json
import threading

import harness as h


class Moody(http.server.ThreadingHTTPServer):
    """Answers GET with 503 in `bad` of ten cases; keeps the bodies of what is posted."""

    daemon_threads = True

    def __init__(self, bad=0):
        self.bad, self.count, self.posts, self.lock = bad, 0, [], threading.Lock()
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with self.server.lock:
            self.server.count += 1
            is_bad = self.server.count % 10 < self.server.bad
        self.send_response(503 if is_bad else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        with self.server.lock:
            self.server.posts.append(body)
            self.server.bad = 0


def run(plan, *args):
    file = h.summary_path()
    result = h.onager(h.write("safety.ini", plan), "-o", file, *args)
    return result, h.load_summary(file)


def at_most_five_under_way_leaves_five_of_ten_arrivals(t):
    server = h.TestServer()
    for threads in ("1", "2"):
        _, summary = run(f"""[request r]
url = {server.url}/never
[scenario s]
executor = constant-arrival-rate
rate = 10/s
duration = 950ms
max_vus = 50
graceful_stop = 0
[safety]
max_in_flight = 5
""", "-t", threads)
        iterations = summary["counts"]["iterations"]
        t.equal((iterations["planned"], iterations["started"], iterations["dropped"]), (10, 5, 5), f"{threads} threads")
        t.equal(iterations["dropped_by"]["no_vu"], 5, "as arrivals without a VU")
        t.equal(summary["counts"]["requests"]["interrupted"], 5, "interrupted")
        h.books(t, summary)
    server.stop()


def a_place_is_free_again_when_an_iteration_has_ended(t):
    server = Moody()
    _, summary = run(f"""[request r]
url = {server.url}/
[scenario s]
executor = constant-arrival-rate
rate = 100/s
duration = 2s
when_busy = wait
[safety]
max_in_flight = 2
""")
    iterations = summary["counts"]["iterations"]
    t.equal((iterations["started"], iterations["dropped"]), (200, 0), "all are started, one after another")
    h.books(t, summary)
    server.stop()


def a_rule_that_holds_for_so_long_ends_the_run_with_4(t):
    server = Moody(bad=6)
    result, summary = run(f"""[request r]
url = {server.url}/
[scenario s]
executor = constant-arrival-rate
rate = 50/s
duration = 60s
[safety]
abort_if = http_req_failed rate>0.5 for 2s
""")
    t.equal(result.code, 4, "exit code")
    t.equal(summary["run"]["state"], "aborted", "state")
    t.equal(summary["run"]["duration_s"] < 8, True, "soon")
    t.equal([a["text"] for a in summary["annotations"] if a["kind"] == "safety"], ["abort: http_req_failed rate>0.5 for 2s"], "said once")
    server.stop()


def the_breaker_pauses_posts_once_tries_and_goes_on(t):
    server, hook = Moody(bad=6), Moody()
    hook.posts = server.posts
    result, summary = run(f"""[request r]
url = {server.url}/
[scenario s]
executor = constant-arrival-rate
rate = 50/s
duration = 9s
[safety]
breaker = http_req_failed rate>0.3 for 3s resume 2s webhook {server.url}/hook
""")
    t.equal(result.code, 0, "exit code")
    t.equal(summary["run"]["state"], "finished", "state")
    t.equal(len(server.posts), 1, "the webhook was posted once")
    told = json.loads(server.posts[0])
    t.equal((told["schema"], told["state"]), ("onager.breaker/1", "open"), "what it was told")
    said = [a["text"].split(":")[0] for a in summary["annotations"] if a["kind"] == "safety"]
    t.equal(sorted(said), sorted(["breaker open", "webhook of the breaker", "breaker half open", "breaker closed"]), "annotations")
    t.equal(2 <= summary["run"]["paused_s"] < 6, True, f"paused {summary['run']['paused_s']}")
    h.books(t, summary)
    hook.stop()
    server.stop()


h.main(globals())
