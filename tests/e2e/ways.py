"""The way to a server: maps, families, source addresses, sockets of the file system, proxies and what they refuse."""

import os

import harness as h
import places
import secure


def measure(t, *args, ok=20, **env):
    result, summary = h.measure(*args, "-n", 20, "-c", 2, **env)
    h.books(t, summary)
    t.equal(summary["counts"]["requests"]["ok"], ok, f"requests that were answered ({result})")
    return result, summary


# ---- maps ----

def resolve_says_where_a_host_is(t):
    web = places.Web("127.0.0.1", "127.0.0.2")
    measure(t, "http://shop.test/a", "--resolve", "shop.test:80:127.0.0.1:%d,127.0.0.2:%d" % (web.port, web.port), "--disable-keepalive")
    t.equal({s[4] for s in web.seen}, {"shop.test"}, "the Host header")
    t.equal(web.count("127.0.0.1"), web.count("127.0.0.2"), "requests, address by address")
    measure(t, f"http://any.test:{web.port}/", "--resolve", f"*:{web.port}:127.0.0.1")
    web.stop()


def connect_to_leaves_the_request_as_it_is(t):
    web = places.Web("127.0.0.1")
    measure(t, "http://shop.test:81/a", "--connect-to", f"shop.test:81:127.0.0.1:{web.port}")
    t.equal({s[3:] for s in web.seen}, {("/a", "shop.test:81")}, "target and Host")
    web.stop()


def a_map_to_another_host_keeps_the_name_in_the_certificate(t):
    authority = secure.Authority()
    nginx = secure.tls_nginx(authority.sign("shop", "DNS:shop.test"))
    measure(t, "https://shop.test/", "--cacert", authority.file, "--connect-to", f"shop.test:443:127.0.0.1:{nginx.tls_port}")
    nginx.stop()


def one_family_alone_is_used_when_asked_for(t):
    web = places.Web("127.0.0.1", "::1")
    both = f"two.test:{web.port}:127.0.0.1,[::1]"
    for option, address in (("-4", "127.0.0.1"), ("-6", "::1")):
        web.seen.clear()
        measure(t, f"http://two.test:{web.port}/", "--resolve", both, option, "--disable-keepalive")
        t.equal({s[1] for s in web.seen}, {address}, "addresses with " + option)
    web.seen.clear()
    plan = h.write("prefer.ini", f"[http]\nreuse = none\n[dns]\npolicy = prefer-ipv6\nresolve.two.test = 127.0.0.1, ::1\n[request a]\n"
                                 f"url = http://two.test:{web.port}/\n[scenario s]\nexecutor = shared-iterations\niterations = 20\n")
    _, summary = h.measure(plan)
    t.equal(summary["counts"]["requests"]["ok"], 20, "requests")
    t.equal({s[1] for s in web.seen}, {"::1"}, "addresses with a preference")
    web.stop()


def connections_come_from_each_source_in_turn(t):
    web = places.Web("127.0.0.1")
    measure(t, f"http://127.0.0.1:{web.port}/", "--source", "127.0.0.2,127.0.0.3", "--disable-keepalive")
    seen = [s[2] for s in web.seen]
    t.equal((seen.count("127.0.0.2"), seen.count("127.0.0.3")), (10, 10), "requests by source")
    web.seen.clear()
    measure(t, f"http://127.0.0.1:{web.port}/", "--source", "lo")
    t.equal({s[2] for s in web.seen}, {"127.0.0.1"}, "the address of an interface")
    web.stop()
    result = h.onager(f"http://127.0.0.1:{web.port}/", "--source", "nosuch0", "-n", 1)
    t.equal(result.code, 2, "exit code")
    t.true('source: "nosuch0" is no address of this machine' in result.err, f"the line says why ({result})")


def a_socket_of_the_file_system_is_reached(t):
    path = os.path.join(h.directory(), "web.sock")
    web = places.Web(path)
    _, summary = measure(t, "http://shop.test/x", "--unix-socket", path, "--disable-keepalive")
    t.equal({s[3:] for s in web.seen}, {("/x", "shop.test")}, "target and Host")
    t.equal([a["address"] for a in summary["addresses"]], [path], "the address in the summary")
    web.stop()
    os.unlink(path)
    result, summary = h.measure("http://shop.test/x", "--unix-socket", path, "-n", 3)
    t.equal(result.code, 1, "exit code")
    t.equal(secure.kinds(summary), {"refused": 3}, "faults where there is no such socket")


# ---- proxies ----

USER = "ann:Xs:cret@1"
GIVEN = "ann:Xs%3Acret%401@"


def nothing_is_told(t, result, summary):
    said = result.out + result.err + str(summary)
    t.true(not any(word in said for word in ("s:cret", "s%3Acret", "Xsother")), "the password is in no output")


def an_http_proxy_is_asked_for_the_whole_url(t):
    web, proxy = places.Web("127.0.0.1"), places.Proxy(USER)
    result, summary = measure(t, f"http://shop.test:{web.port}/a?b", "--proxy", f"http://{GIVEN}127.0.0.1:{proxy.port}")
    t.equal(set(proxy.asked), {("absolute", "shop.test", web.port)}, "what the proxy was asked for")
    t.equal({s[3:] for s in web.seen}, {("/a?b", f"shop.test:{web.port}")}, "target and Host")
    nothing_is_told(t, result, summary)
    proxy.stop()
    web.stop()


def https_goes_by_connect(t):
    authority, proxy = secure.Authority(), places.Proxy(USER)
    nginx = secure.tls_nginx(authority.sign("shop", "DNS:shop.test"))
    result, summary = measure(t, f"https://shop.test:{nginx.tls_port}/", "--cacert", authority.file,
                              ONAGER_PROXY=f"{GIVEN}127.0.0.1:{proxy.port}")
    t.equal(set(proxy.asked), {("connect", "shop.test", nginx.tls_port)}, "what the proxy was asked for")
    nothing_is_told(t, result, summary)
    proxy.stop()
    nginx.stop()


def a_proxy_behind_tls_is_reached_by_libcurl(t):
    authority = secure.Authority()
    nginx, proxy = secure.tls_nginx(authority.sign("shop", "DNS:shop.test")), places.Proxy(USER, pair=authority.sign("gate"))
    gate = f"https://{GIVEN}127.0.0.1:{proxy.port}"
    for url, way, port in ((f"https://shop.test:{nginx.tls_port}/", "connect", nginx.tls_port), (f"http://shop.test:{nginx.port}/", "absolute", nginx.port)):
        proxy.asked.clear()
        result, summary = measure(t, url, "--cacert", authority.file, "--proxy", gate)
        t.equal(set(proxy.asked), {(way, "shop.test", port)}, "what the proxy was asked for")
        nothing_is_told(t, result, summary)
    result, kinds = failing(t, f"https://shop.test:{nginx.tls_port}/", "--proxy", gate)
    t.equal(kinds, {"tls_untrusted": 4}, "nobody vouches for the proxy")
    proxy.stop()
    nginx.stop()


def socks_proxies_are_given_a_number_or_the_name(t):
    web = places.Web("127.0.0.1")
    for scheme, user, way, host in (("socks5", USER, "socks5", "127.0.0.1"), ("socks5h", None, "socks5", "shop.test"),
                                    ("socks5h", USER, "socks5", "shop.test"), ("socks4", None, "socks4", "127.0.0.1"),
                                    ("socks4a", None, "socks4", "shop.test")):
        proxy = places.Proxy(user)
        result, summary = measure(t, f"http://shop.test:{web.port}/", "--resolve", f"shop.test:{web.port}:127.0.0.1", "--disable-keepalive",
                                  "-x", f"{scheme}://{GIVEN if user else ''}127.0.0.1:{proxy.port}")
        t.equal(set(proxy.asked), {(way, host, web.port)}, "what was asked for by " + scheme)
        nothing_is_told(t, result, summary)
        proxy.stop()
    web.stop()


def failing(t, *args):
    result, summary = h.measure(*args, "-n", 4, "-c", 1)
    h.books(t, summary)
    t.equal(result.code, 1, "exit code")
    nothing_is_told(t, result, summary)
    return result, secure.kinds(summary)


def what_a_proxy_refuses_has_its_own_kinds(t):
    proxy = places.Proxy(USER)
    result, kinds = failing(t, "https://shop.test/", "-x", f"http://ann:Xsother@127.0.0.1:{proxy.port}")
    t.equal(kinds, {"proxy_auth": 4}, "wrong credentials of CONNECT")
    t.true("the proxy answered 407 to CONNECT" in result.err, f"the status is said ({result})")
    _, kinds = failing(t, "http://shop.test/", "-x", f"socks5h://ann:Xsother@127.0.0.1:{proxy.port}")
    t.equal(kinds, {"proxy_auth": 4}, "wrong credentials of SOCKS")
    proxy.stop()
    proxy = places.Proxy(status=403)
    result, kinds = failing(t, "https://shop.test/", "-x", f"http://127.0.0.1:{proxy.port}")
    t.equal(kinds, {"proxy": 4}, "a refusal")
    t.true("the proxy answered 403 to CONNECT" in result.err, f"the status is said ({result})")
    proxy.stop()
    for url in ("http://shop.test/", "https://shop.test/"):
        _, kinds = failing(t, url, "-x", f"http://127.0.0.1:{proxy.port}")
        t.equal(kinds, {"proxy_connect": 4}, "no proxy there, " + url)
    _, kinds = failing(t, "http://shop.test/", "-x", f"socks5h://127.0.0.1:{proxy.port}")
    t.equal(kinds, {"proxy_connect": 4}, "no SOCKS proxy there")
    proxy = places.Proxy()
    _, kinds = failing(t, "http://shop.test:1/", "-x", f"socks5h://127.0.0.1:{proxy.port}")
    t.equal(kinds, {"proxy": 4}, "a target that the proxy does not reach")
    proxy.stop()


def no_proxy_and_the_environment_are_obeyed_as_written(t):
    web, proxy = places.Web("127.0.0.1"), places.Proxy()
    url, gate = f"http://127.0.0.1:{web.port}/", f"http://127.0.0.1:{proxy.port}"
    measure(t, url, "-x", gate, "--no-proxy", "127.0.0.1")
    measure(t, url, http_proxy=gate, HTTP_PROXY=gate, all_proxy=gate, ALL_PROXY=gate)
    t.equal(proxy.asked, [], "what the proxy was asked for")
    measure(t, url, "-x", gate, "--no-proxy", ".test,0.0.1")
    t.equal(len(proxy.asked), 20, "requests by the proxy")
    proxy.stop()
    web.stop()


h.main(globals())
