"""How exactly a rate is kept: 1, 10, 100, 1,000 and 5,000 a second for ten seconds each against nginx.

    python3 pace.py [--seconds 10] [--json FILE]

What is exact is asserted: planned, started + dropped, and what nginx counted. What belongs to a quiet machine is only told: the
largest distance of a second of nginx's log from the plan, as a share of what max(1 %, 2) allows, and the schedule lag.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
sys.dont_write_bytecode = True
import harness as h  # noqa: E402

RATES = (1, 10, 100, 1000, 5000)


def bins(nginx, rate, seconds):
    """Requests in each second of the run by nginx's clock; the run began with the first of them."""
    stamps = sorted(row[0] for row in nginx.lines())
    counts = [0] * seconds
    for stamp in stamps:
        second = int(stamp - stamps[0] + 0.5 / rate)
        if second < seconds:
            counts[second] += 1
    return counts


def measure(rate, seconds):
    nginx = h.Nginx()
    _, summary = h.measure(nginx.url + "/", "-r", f"{rate}/s", "-d", f"{seconds}s")
    nginx.stop()
    i, sent, lag = summary["counts"]["iterations"], summary["counts"]["requests"]["sent"], summary["metrics"]["schedule_lag"]
    if i["planned"] != rate * seconds or i["started"] + i["dropped"] != i["planned"] or nginx.count() != sent:
        raise h.Failure(f"{rate}/s: planned {i['planned']}, started {i['started']}, dropped {i['dropped']}, sent {sent}, "
                        f"at the server {nginx.count()}")
    worst = max(abs(count - rate) for count in bins(nginx, rate, seconds))
    return {"rate": rate, "dropped": i["dropped"], "worst_bin": worst, "allowed": max(rate / 100, 2), "lag_p50_ms": lag["p50"],
            "lag_p99_ms": lag["p99"], "verdict": summary["verdict"]["level"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--json")
    options = parser.parse_args()
    rows = []
    print("    rate  dropped  worst second off by  allowed  lag p50     p99  verdict")
    for rate in RATES:
        row = measure(rate, options.seconds)
        rows.append(row)
        p50, p99 = ("-" if row[key] is None else f"{row[key]:.3f}" for key in ("lag_p50_ms", "lag_p99_ms"))
        print(f"{rate:8}  {row['dropped']:7}  {row['worst_bin']:19}  {row['allowed']:7.0f}  {p50:>7}  {p99:>6}  {row['verdict']}", flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump(rows, f, indent=1)


if __name__ == "__main__":
    main()
