"""The HTTP client in whole runs: what redirects and retries do to the counts of both sides and to the books."""

import harness as h


def run(t, path, *args, code=0):
    nginx = h.Nginx()
    result, summary = h.measure(nginx.url + path, *args)
    nginx.stop()
    t.equal(result.code, code, "exit code")
    t.equal(nginx.count(), summary["counts"]["requests"]["sent"], "requests in nginx's log")
    t.equal(nginx.statuses(), summary["status"], "statuses")
    h.books(t, summary)
    return result, summary


def every_hop_is_a_request_in_the_books(t):
    _, summary = run(t, "/moved", "-n", 100, "-c", 4, "--follow")
    t.equal(summary["counts"]["requests"]["ok"], 200, "requests")
    t.equal(summary["counts"]["iterations"]["completed"], 100, "iterations")
    t.equal(summary["status"], {"200": 100, "301": 100}, "statuses")


def a_redirect_that_is_not_followed_is_said_in_one_line(t):
    result, summary = run(t, "/moved", "-n", 20, "-c", 4)
    t.equal(summary["counts"]["requests"]["ok"], 20, "requests")
    t.true("every answer was a redirect" in result.out + result.err, "the line")


def every_retry_is_a_request_in_the_books(t):
    _, summary = run(t, "/busy", "-n", 50, "-c", 4, "--retry", "2 on 503 backoff 1ms..2ms", code=1)
    counts = summary["counts"]
    t.equal(counts["requests"]["failed_status"], 150, "requests")
    t.equal(counts["requests"]["retried"], 100, "retried")
    t.equal(counts["iterations"]["completed"], 50, "iterations")


def expected_statuses_are_no_failures(t):
    _, summary = run(t, "/missing", "-n", 20, "-c", 4, "--expect", "404")
    t.equal(summary["counts"]["requests"]["ok"], 20, "requests")
    _, summary = run(t, "/", "-n", 20, "-c", 4, "--expect", "404", code=1)
    t.equal(summary["counts"]["requests"]["failed_status"], 20, "requests")


def credentials_stand_in_no_output(t):
    nginx = h.Nginx()
    with_user = nginx.url.replace("http://", "http://me:Xsecret1@")
    for target, args in ((with_user, ()), (nginx.url, ("--user", "me:Xsecret1")), (nginx.url, ("--bearer", "Xsecret1"))):
        result, summary = h.measure(target + "/", "-n", 5, "-c", 1, *args)
        t.equal(result.code, 0, "exit code")
        t.equal(summary["counts"]["requests"]["ok"], 5, "requests")
        t.true("Xsecret1" not in result.out + result.err + str(summary), "the secret is not shown")
    nginx.stop()


h.main(globals())
