"""What connections that are kept cost in memory: VUs with one each, counted by the kernel."""

import resource

import harness as h
import secure

MB = 1000 * 1000


def accepted(nginx):
    return int(h.get(nginx.url + "/server-status").splitlines()[2].split()[0])


def peak(t, nginx, url, vus, *args):
    """Highest resident set of a run in which each VU keeps a connection, in bytes."""
    if h.SANITIZED:
        raise h.Skip("a sanitizer takes most of the memory")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < vus + 1000:
        raise h.Skip(f"too few file descriptors for {vus} connections")
    before = accepted(nginx)
    result, summary = h.measure(url + "/", "-c", vus, "-n", 2 * vus, "-t", 1, "--timeout", "60s", *args)
    t.equal(result.code, 0, f"exit code ({result.err})")
    t.equal(summary["counts"]["requests"]["ok"], 2 * vus, "requests")
    t.equal(accepted(nginx) - before, vus + 1, "connections, with the one of this question")
    got = summary["generator"]["max_rss_bytes"]
    h.note(f"{vus} VUs: {got / MB:.1f} MB")
    return got


def five_thousand_vus_take_60_mb_and_nine_thousand_90(t):
    nginx = h.Nginx(log=False)
    few = peak(t, nginx, nginx.url, 100)
    five = peak(t, nginx, nginx.url, 5000)
    nine = peak(t, nginx, nginx.url, 9000)
    nginx.stop()
    t.within(five, 0, 60 * MB, "bytes with 5,000 VUs")
    t.within(nine, 0, 90 * MB, "bytes with 9,000 VUs")
    # measured: 1.0 KB each; this is what would be seen first
    t.within((nine - few) / 8900, 0, 3000, "bytes for a VU and its connection")


def a_tls_connection_takes_at_most_55_kb_while_all_shake_hands_at_once(t):
    authority = secure.Authority()
    nginx = secure.tls_nginx(authority.sign("good"), log=False)
    few = peak(t, nginx, nginx.tls_url, 50, "--cacert", authority.file)
    many = peak(t, nginx, nginx.tls_url, 1000, "--cacert", authority.file)
    nginx.stop()
    # measured: 44 KB with TLS 1.2 and 1.3, of which 24 KB are OpenSSL's for the time of the handshake
    t.within((many - few) / 950, 0, 55000, "bytes for a VU and its connection")


h.main(globals())
