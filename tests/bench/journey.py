"""What a request of a journey costs the client beside a constant one: three values put in, one taken out of the answer, two checks.

    python3 journey.py [--pairs 9] [--requests 60000] [--json FILE]

One thread and 64 keep-alive connections, the same answer of the same nginx. CPU time (user + system) per request in interleaved
pairs, and user-space instructions under callgrind, as in run.py.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import harness as h  # noqa: E402
import run as bench  # noqa: E402

REQUESTS = {
    "constant": "url = /json?page=12&user=7\nheader.X-Id = 1234\n",
    "journey": "url = /json?page=${random_int(1,20)}&user=${vu}\nheader.X-Id = ${iteration}\nextract.token = json $.token\n"
               "check.status = 200\ncheck.items = json $.items.length > 1\n",
}


def command(nginx, kind, requests):
    plan = h.write(f"{kind}-{requests}.ini", f"[plan]\nbase_url = {nginx.url}\n[request r]\n{REQUESTS[kind]}[scenario s]\n"
                                             f"executor = shared-iterations\nvus = {bench.CONNECTIONS}\niterations = {requests}\nmix = r\n")
    return [h.need_built(h.ONAGER), plan, "-t", "1", "--quiet", "--exit"]


def bench_cpu(nginx, pairs, requests):
    _, client = bench.cores()
    runs = {kind: [] for kind in REQUESTS}
    for pair in range(pairs):
        for kind in REQUESTS if pair % 2 == 0 else reversed(REQUESTS):
            runs[kind].append(bench.run_quiet(nginx, command(nginx, kind, requests), client)["cpu_us_per_request"])
    result = {kind: bench.quartiles(values) for kind, values in runs.items()}
    result["journey_to_constant"] = bench.quartiles([a / b for a, b in zip(runs["journey"], runs["constant"])])
    return result


def bench_instructions(nginx):
    return {kind: bench.instructions_per_request(nginx, command(nginx, kind, 2000), command(nginx, kind, 12000)) for kind in REQUESTS}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--requests", type=int, default=60000)
    parser.add_argument("--json")
    args = parser.parse_args()
    nginx = h.Nginx(log=False)
    result = {"cpu": bench_cpu(nginx, args.pairs, args.requests)}
    for kind in REQUESTS:
        r = result["cpu"][kind]
        print(f"CPU time per request, {kind:<10} {r['median']:8.2f}µs   {r['q1']:.2f} to {r['q3']:.2f}µs")
    r = result["cpu"]["journey_to_constant"]
    print(f"  journey / constant, pair by pair {r['median']:6.2f}   {r['q1']:.2f} to {r['q3']:.2f}")
    result["instructions"] = bench_instructions(nginx)
    for kind, r in result["instructions"].items():
        print(f"User-space instructions, {kind:<10} {r['per_request']:8,.0f}")
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump(result, f, indent=1)


if __name__ == "__main__":
    main()
