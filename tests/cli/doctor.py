"""What doctor says of a machine that is made up: every finding stands there with the command that mends it."""

import json
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests", "e2e"))
import harness as h  # noqa: E402

SICK = {
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave",
    "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_driver": "acpi-cpufreq",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet",
    "sys/fs/cgroup/cpu.max": "50000 100000",
    "proc/sys/net/ipv4/ip_local_port_range": "60000\t60999",
    "proc/sys/vm/max_map_count": "30000",
    "proc/meminfo": "MemTotal: 900000 kB\nMemAvailable: 100000 kB",
    "proc/stat": "cpu  100 0 100 700 0 0 0 100 0 0",
}
WELL = dict(SICK, **{
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc",
    "sys/fs/cgroup/cpu.max": "max 100000",
    "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999",
    "proc/sys/vm/max_map_count": "262144",
    "proc/meminfo": "MemAvailable: 8000000 kB",
    "proc/stat": "cpu  100 0 100 700 0 0 0 1 0 0",
})


def root(name, files):
    for path, text in files.items():
        full = os.path.join(h.path(name), path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="ascii") as f:
            f.write(text + "\n")
    return h.path(name)


def doctor(*args, files=None, **environment):
    """Exit code and standard output; with at most so many open files."""
    limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))) if files else None
    child = subprocess.run([h.need_built(h.ONAGER), "doctor", *args], env=h.environment(**environment), stdout=subprocess.PIPE,
                           stdin=subprocess.DEVNULL, preexec_fn=limit, timeout=h.LIMIT_S, check=False)
    return child.returncode, child.stdout.decode()


def findings(*args, **kwargs):
    code, out = doctor("--format", "json", *args, **kwargs)
    result = json.loads(out)
    assert result["schema"] == "onager.doctor/1"
    return code, {f["topic"]: f for f in result["findings"]}


def every_sickness_is_found_and_has_a_cure(t):
    code, found = findings("--root", root("sick", SICK), files=64, LC_ALL="C", TERM="dumb")
    expected = {
        "files": ("bad", "at most 64", "ulimit -n 65536"),
        "ports": ("bad", "1,000 for each target", "sysctl -w net.ipv4.ip_local_port_range"),
        "cores": ("bad", "may use 0.5 of them", "give the container as many processors"),
        "governor": ("bad", "powersave of acpi-cpufreq", "cpupower frequency-set -g performance"),
        "clock": ("bad", "hpet", "echo tsc > /sys/devices/system/clocksource"),
        "steal": ("bad", "10.00 %", "a machine that is not shared"),
        "memory": ("bad", "102 MB free", "ps -eo"),
        "maps": ("note", "30,000", "sysctl -w vm.max_map_count=262144"),
        "terminal": ("note", "TERM is dumb", "export TERM=xterm-256color"),
        "locale": ("note", "ASCII", "export LC_ALL=C.UTF-8"),
    }
    t.equal(code, 1, "exit code")
    for topic, (level, text, cure) in expected.items():
        one = found[topic]
        t.equal(one["level"], level, f"{topic}: {one}")
        t.true(text in one["text"], f"{topic}: {one}")
        t.true((one["cure"] or "").startswith(cure), f"{topic}: {one}")


def a_machine_that_is_well_has_nothing_to_mend(t):
    _, found = findings("--root", root("well", WELL))
    for topic in ("program", "ports", "cores", "governor", "clock", "steal", "memory", "maps", "terminal", "locale"):
        if topic == "cores" and len(os.sched_getaffinity(0)) == 1:
            continue
        t.equal((found[topic]["level"], found[topic]["cure"]), ("good", None), str(found[topic]))


def people_read_the_same(t):
    code, out = doctor("--root", root("sick", SICK), files=64, LC_ALL="C", TERM="dumb")
    words = " ".join(out.split())
    t.equal(code, 1, "exit code")
    for text in ("x files at most 64: 4 VUs", "x governor powersave", "cpupower frequency-set -g performance", "- locale",
                 "7 things would make a run suffer", "onager selftest"):
        t.true(text in words, f"{text!r} in {words}")
    t.true(max(len(line) for line in out.splitlines()) <= 80, "width")


def what_a_file_says_cannot_steer_the_terminal(t):
    _, out = doctor("--root", root("evil", dict(WELL, **{"sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\033]0;x\a"})))
    t.true("\033" not in out and "\a" not in out, repr(out))


def a_mistake_is_said(t):
    for args, message in ((["here"], 'doctor takes no target, got "here"'), (["--format", "xml"], "text|json")):
        child = subprocess.run([h.need_built(h.ONAGER), "doctor", *args], env=h.environment(), capture_output=True, timeout=h.LIMIT_S, check=False)
        t.equal((child.returncode, child.stdout), (2, b""), str(args))
        t.true(message.split("|")[0] in child.stderr.decode(), child.stderr.decode())


h.main(globals())
