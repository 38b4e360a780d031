"""What a request costs the client in user-space instructions, counted under callgrind: a figure noise does not touch."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import harness as h  # noqa: E402
import journey  # noqa: E402
import run as bench  # noqa: E402
import secure  # noqa: E402

INSTRUCTIONS_MAX = 4000
JOURNEY_INSTRUCTIONS_MAX = 30000


def a_request_costs_at_most_4000_instructions(t):
    if h.SANITIZED:
        raise h.Skip("a sanitizer's build cannot be counted")
    h.need("valgrind")
    h.need_built(h.ONAGER)
    nginx = h.Nginx(log=False)
    result = bench.bench_instructions(nginx, with_wrk=False)["onager"]
    h.note(result)
    t.equal(result["requests"], [2000, 12000], "requests nginx counted")
    t.within(result["per_request"], 1, INSTRUCTIONS_MAX, "instructions per request")


def handshake_instructions(nginx, authority, version, resumption):
    def command(connections):
        return [h.ONAGER, bench.handshake_plan(nginx, authority, version, resumption, connections), "-t", "1", "--quiet"]
    few, few_instructions = bench.instructions(nginx, command(10))
    many, many_instructions = bench.instructions(nginx, command(60))
    return (many_instructions - few_instructions) / (many - few)


def a_resumed_tls_connection_costs_at_most_half_of_a_full_one(t):
    if h.SANITIZED:
        raise h.Skip("a sanitizer's build cannot be counted")
    h.need("valgrind")
    h.need_built(h.ONAGER)
    authority = secure.Authority()
    nginx = secure.tls_nginx(authority.chain("chained"), log=False)
    for version in ("1.2", "1.3"):
        resumed = handshake_instructions(nginx, authority, version, "yes")
        full = handshake_instructions(nginx, authority, version, "no")
        h.note(f"TLS {version}: {resumed:,.0f} and {full:,.0f} instructions in user space, {resumed / full:.2f}")
        t.within(resumed / full, 0.01, 0.5, f"TLS {version}, resumed / full")
    nginx.stop()


def a_request_of_a_journey_costs_at_most_30000_instructions(t):
    if h.SANITIZED:
        raise h.Skip("a sanitizer's build cannot be counted")
    h.need("valgrind")
    h.need_built(h.ONAGER)
    nginx = h.Nginx(log=False)
    result = journey.bench_instructions(nginx)["journey"]
    h.note(result)
    t.equal(result["requests"], [2000, 12000], "requests nginx counted")
    t.within(result["per_request"], 1, JOURNEY_INSTRUCTIONS_MAX, "instructions per request")


h.main(globals())
