"""CPU per byte of bodies, beside the curl command: a POST of 1 MiB from a file and a download of 10 MiB, over plain http; and what a
request costs that libcurl carries, beside our own HTTP/1.1. Part of run.py. The server of the POST reads all of it."""

import os
import resource
import statistics
import subprocess
import sys

import harness as h

COUNT = 50
MIB = 1 << 20


def cpu_s(command):
    """CPU seconds of a command that has to end well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = h.start([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if child.wait() != 0:
        raise h.Failure(f"{command[0]} ends with {child.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(url, count, *more):
    """Without its start and its end."""
    common = [h.need_built(h.ONAGER), url, "-t", "1", "-q", "--timeout", "60s", *more]
    return cpu_s([*common, "-n", count]) - cpu_s([*common, "-n", "1"])


def median_ratio(pairs):
    return {"ours_us": statistics.median(a for a, _ in pairs) * 1e6, "others_us": statistics.median(b for _, b in pairs) * 1e6,
            "ratio": statistics.median(a / b for a, b in pairs)}


def bench_bodies(runs):
    """Per body of each kind: ours, that of curl, and the median of the ratios."""
    curl, large, small = h.need("curl"), h.path("ten.bin"), h.path("one.bin")
    for name, size in ((large, 10 * MIB), (small, MIB)):
        with open(name, "wb") as f:
            f.write(os.urandom(size))
    server = h.start([sys.executable, os.path.join(h.SOURCE, "tests", "tools", "auth_server.py")], stdout=subprocess.PIPE)
    url = f"http://127.0.0.1:{int(server.stdout.readline())}"
    up, down = [], []
    for _ in range(runs):
        one = ["-T", small, "-H", "Expect:", "-o", "/dev/null", url + "/sink"]
        theirs = cpu_s([curl, "-s", *one, *(["--next", "-s", *one] * (COUNT - 1))])
        up.append((ours(url + "/sink", COUNT, "-c", "1", "-b", "@" + small) / (COUNT - 1), theirs / COUNT))
        theirs = cpu_s([curl, "-s", *(["-o", "/dev/null", f"{url}/zeros/{10 * MIB}"] * COUNT)])
        down.append((ours(f"{url}/zeros/{10 * MIB}", COUNT, "-c", "1") / (COUNT - 1), theirs / COUNT))
    h.end(server, 9)
    return {"post_1_mib": median_ratio(up), "get_10_mib": median_ratio(down)}


def bench_transport(url, runs, count=15000, *more):
    """Per request: by libcurl, by ours."""
    pairs = [(ours(url, count, "-c", "16", "--transport", "curl", *more) / (count - 1),
              ours(url, count, "-c", "16", "--transport", "http1", *more) / (count - 1)) for _ in range(runs)]
    return median_ratio(pairs)


def show(result):
    rows = (("bodies", "post_1_mib", "POST of 1 MiB from a file", "curl -T"), ("bodies", "get_10_mib", "download of 10 MiB", "curl"),
            ("transport", "http", "a request by libcurl", "http1"), ("transport", "https", "a request by libcurl, https", "http1"))
    for part, key, title, other in rows:
        if part in result:
            row = result[part][key]
            print(f"{title}: {row['ours_us']:.1f} us, {other} {row['others_us']:.1f} us, {row['ratio']:.2f} of it")
