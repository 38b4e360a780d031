"""What a request costs the client: onager beside wrk, one thread and 64 keep-alive connections each, against the same nginx.

    python3 run.py [--pairs 9] [--seconds 2] [--json FILE] [--only cpu|connections|tls|handshakes|bodies|transport|instructions]

Figures, first over http and then over https. Over http also with a new connection for every request. CPU time (user + system) per request: interleaved pairs, server pinned to one core and client to another, median
and quartiles; a run during which the hypervisor took more than 0.5 % of the processor is repeated. User-space instructions per
request under callgrind: two lengths of run, so that starting and ending cancel out; noise does not touch this one. Requests
are what nginx counted, for both. Last, what a new TLS connection costs with and without resumption: one request on each, beside openssl s_time. A resumed one saves
the certificates and signatures of the server, so the more of them it has, the more is saved; TLS 1.3 exchanges keys all the same.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
sys.dont_write_bytecode = True
import bodies  # noqa: E402
import harness as h  # noqa: E402
import secure  # noqa: E402

CONNECTIONS = 64
NEW_CONNECTIONS = 1000
STEAL_MAX = 0.005


def onager_command(url, *more):
    return [h.need_built(h.ONAGER), url, "-c", str(CONNECTIONS), "-t", "1", "--quiet", "--exit", *more]


def wrk_command(url, seconds, *more):
    return [h.need("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *more, url]


def cores():
    """Server core, client core; the same one when there is no second."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def stolen():
    """Time taken by the hypervisor and time in all, in ticks."""
    with open("/proc/stat", encoding="ascii") as f:
        ticks = [int(x) for x in f.readline().split()[1:9]]
    return ticks[7], sum(ticks)


def run_counted(nginx, command, core=None):
    """Runs it; (requests nginx counted, CPU seconds of the process)."""
    before = nginx.served()
    child = h.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if core is not None:
        os.sched_setaffinity(child.pid, {core})
    message = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise h.Failure(f"{command[0]} exited with {child.returncode}: {message.decode(errors='replace')[-500:]}")
    return nginx.served() - before, usage.ru_utime + usage.ru_stime


def run_quiet(nginx, command, core):
    """As run_counted, again while the machine is disturbed, five times at most; with the share that was stolen."""
    for _ in range(5):
        steal_before, total_before = stolen()
        requests, cpu_s = run_counted(nginx, command, core)
        steal_after, total_after = stolen()
        share = (steal_after - steal_before) / max(1, total_after - total_before)
        if share <= STEAL_MAX:
            break
    return {"requests": requests, "cpu_us_per_request": cpu_s / requests * 1e6, "steal": share}


def quartiles(values):
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return {"median": middle, "q1": low, "q3": high, "runs": len(values)}


def bench_cpu(nginx, pairs, seconds, url, *more, wrk_more=()):
    """more: options of onager; wrk verifies no certificate, and nothing of that is in a request on an open connection."""
    _, client = cores()
    runs = {"onager": [], "wrk": []}
    for pair in range(pairs):
        order = [("onager", onager_command(url, "-d", f"{seconds}s", *more)), ("wrk", wrk_command(url, seconds, *wrk_more))]
        for name, command in order if pair % 2 == 0 else reversed(order):
            runs[name].append(run_quiet(nginx, command, client))
    result = {name: dict(quartiles([r["cpu_us_per_request"] for r in rows]), requests=sum(r["requests"] for r in rows), all=rows)
              for name, rows in runs.items()}
    ratios = [a["cpu_us_per_request"] / b["cpu_us_per_request"] for a, b in zip(runs["onager"], runs["wrk"])]
    result["onager_to_wrk"] = quartiles(ratios)
    return result


def handshake_plan(nginx, authority, version, resumption, connections):
    return h.write("handshakes.ini", f"[http]\nca_file = {authority.file}\nreuse = none\ntls_min = {version}\ntls_max = {version}\n"
                                     f"tls_resumption = {resumption}\n[request a]\nurl = {nginx.tls_url}/\n[scenario s]\n"
                                     f"executor = shared-iterations\nvus = 1\niterations = {connections}\n")


def s_time(nginx, authority, version, resumption, core):
    """The same by openssl s_time, for 1 s: CPU of the client alone."""
    requests, client_s = run_counted(nginx, [h.need("openssl"), "s_time", "-connect", f"127.0.0.1:{nginx.tls_port}", "-www", "/", "-CAfile",
                                             authority.file, "-verify", "5", "-time", "1", "-reuse" if resumption == "yes" else "-new",
                                             "-tls" + version.replace(".", "_")], core)
    return client_s / requests * 1e6


def new_connections(nginx, authority, server_pid, version, resumption, core):
    """One request on each of 1,000 connections: CPU seconds of the client and of the server, the mean handshake."""
    plan = handshake_plan(nginx, authority, version, resumption, NEW_CONNECTIONS)
    file = h.summary_path()
    before = h.cpu_ns(server_pid) / 1e9
    requests, client_s = run_counted(nginx, [h.need_built(h.ONAGER), plan, "-t", "1", "--quiet", "-o", "json=" + file], core)
    server_s = h.cpu_ns(server_pid) / 1e9
    summary = h.load_summary(file)
    if requests != NEW_CONNECTIONS or summary["counts"]["requests"]["ok"] != NEW_CONNECTIONS:
        raise h.Failure(f"{requests} requests")
    return {"client_us": client_s / requests * 1e6, "server_us": (server_s - before) / requests * 1e6,
            "s_time_us": s_time(nginx, authority, version, resumption, core),
            "handshake_us": summary["metrics"]["http_req_tls_handshaking"]["avg"] * 1e3}


def bench_handshakes(nginx, authority, runs):
    """By version: each figure with resumption, without, and their ratio; interleaved."""
    _, client = cores()
    result = {}
    for version in ("1.2", "1.3"):
        rows = {"yes": [], "no": []}
        for run in range(runs):
            for wanted in ("yes", "no") if run % 2 == 0 else ("no", "yes"):
                rows[wanted].append(new_connections(nginx, authority, nginx.workers()[0], version, wanted, client))
        result[version] = {}
        for name in rows["yes"][0]:
            pair = {"resumed": [r[name] for r in rows["yes"]], "full": [r[name] for r in rows["no"]]}
            pair["resumed_to_full"] = [a / b for a, b in zip(pair["resumed"], pair["full"])]
            result[version][name] = {key: quartiles(values) for key, values in pair.items()}
    return result


def instructions(nginx, command):
    """(requests, instructions in user space) of one run under callgrind."""
    file = h.path(f"callgrind-{time.monotonic_ns()}")
    h.need("valgrind")
    requests, _ = run_counted(nginx, ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + file, *command])
    total = re.search(r"^(?:summary|totals): (\d+)", h.read(file), re.M)
    os.unlink(file)
    return requests, int(total[1])


def instructions_per_request(nginx, short, long):
    few, few_instructions = instructions(nginx, short)
    many, many_instructions = instructions(nginx, long)
    return {"requests": [few, many], "instructions": [few_instructions, many_instructions],
            "per_request": (many_instructions - few_instructions) / (many - few)}


def bench_instructions(nginx, with_wrk=True, url=None, more=()):
    url = url or nginx.url + "/"
    result = {"onager": instructions_per_request(nginx, onager_command(url, "-n", "2000", *more), onager_command(url, "-n", "12000", *more))}
    if with_wrk:
        result["wrk"] = instructions_per_request(nginx, wrk_command(url, 1), wrk_command(url, 4))
    return result


def show_cpu(title, figures):
    print(f"CPU time per request, {title:<20}      median   quartiles         requests")
    for name in ("onager", "wrk"):
        r = figures[name]
        print(f"  {name:<10}                          {r['median']:8.2f}µs   {r['q1']:.2f} to {r['q3']:.2f}µs   {r['requests']:>10,}")
    r = figures["onager_to_wrk"]
    print(f"  onager / wrk, pair by pair         {r['median']:10.2f}   {r['q1']:.2f} to {r['q3']:.2f}\n")


def show_handshakes(title, figures):
    print(f"{NEW_CONNECTIONS:,} new TLS connections, one request each; {title}")
    print("                                               resumed       full   resumed / full")
    for version, rows in figures.items():
        for name, what in (("client_us", "CPU of onager"), ("s_time_us", "CPU of s_time"), ("server_us", "CPU of nginx"), ("handshake_us", "handshake")):
            r = rows[name]
            ratio = r["resumed_to_full"]
            print(f"  TLS {version}  {what:<15} a connection   {r['resumed']['median']:8.0f}µs {r['full']['median']:8.0f}µs   "
                  f"{ratio['median']:.2f}  ({ratio['q1']:.2f} to {ratio['q3']:.2f})")
    print()


def show(result):
    print(f"{CONNECTIONS} keep-alive connections, one client thread, nginx with one worker; requests as nginx counted them\n")
    if "cpu" in result:
        show_cpu("http", result["cpu"])
    if "cpu_connections" in result:
        show_cpu("a connection each", result["cpu_connections"])
    if "cpu_tls" in result:
        show_cpu("https", result["cpu_tls"])
    for key, title in (("handshakes", "a certificate and one between it and its CA"), ("handshakes_alone", "one certificate")):
        if key in result:
            show_handshakes(title, result[key])
    for key, title in (("instructions", "http"), ("instructions_tls", "https")):
        if key in result:
            print(f"User-space instructions per request, {title}")
            for name, r in result[key].items():
                print(f"  {name:<10}                          {r['per_request']:8,.0f}")


def measure(args, nginx, authority, result):
    trust = ("--cacert", authority.file)
    if args.only in (None, "cpu"):
        result["cpu"] = bench_cpu(nginx, args.pairs, args.seconds, nginx.url + "/")
    if args.only in (None, "connections"):
        result["cpu_connections"] = bench_cpu(nginx, args.pairs, args.seconds, nginx.url + "/", "--disable-keepalive",
                                              wrk_more=("-H", "Connection: close"))
    if args.only in (None, "tls"):
        result["cpu_tls"] = bench_cpu(nginx, args.pairs, args.seconds, nginx.tls_url + "/", *trust)
    if args.only in (None, "handshakes"):
        result["handshakes_alone"] = bench_handshakes(nginx, authority, args.pairs)
        chained = secure.tls_nginx(authority.chain("chained"), log=False, command=["taskset", "-c", str(cores()[0])])
        result["handshakes"] = bench_handshakes(chained, authority, args.pairs)
        chained.stop()
    if args.only in (None, "bodies"):
        result["bodies"] = bodies.bench_bodies(args.pairs)
    if args.only in (None, "transport"):
        result["transport"] = {"http": bodies.bench_transport(nginx.url + "/", args.pairs),
                               "https": bodies.bench_transport(nginx.tls_url + "/", args.pairs, 15000, *trust)}
    if args.only in (None, "instructions"):
        result["instructions"] = bench_instructions(nginx)
        result["instructions_tls"] = bench_instructions(nginx, url=nginx.tls_url + "/", more=trust)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--json", default="bench.json")
    parser.add_argument("--only", choices=["cpu", "connections", "tls", "handshakes", "bodies", "transport", "instructions"])
    args = parser.parse_args()
    server, client = cores()
    authority = secure.Authority()
    nginx = secure.tls_nginx(authority.sign("server"), log=False, command=["taskset", "-c", str(server)])
    result = {"schema": "onager.bench/1", "machine": {"cores": os.cpu_count(), "server_core": server, "client_core": client}}
    try:
        measure(args, nginx, authority, result)
    except h.Skip as reason:
        print(f"not measured: {reason}")
        return 1
    with open(args.json, "w", encoding="utf-8") as f:
        json.dump(result, f, indent=1)
        f.write("\n")
    show(result)
    bodies.show(result)
    print(f"\nwritten to {args.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
