"""The tests of what libcurl carries once more, with a newer libcurl than this system's: that of the backports, fetched by apt from where
this machine gets its packages, unpacked into a directory of its own and used from there. Skipped where it cannot be had."""

import glob
import os
import re
import subprocess
import sys

import harness as h

HERE = os.path.dirname(os.path.abspath(__file__))
_library = None


def version(folder=None):
    """That of libcurl, as onager says it runs with; without its words for features."""
    env = {"LD_LIBRARY_PATH": folder} if folder else {}
    return re.search(r"^libcurl (\S+)", h.onager("--version", **env).out, re.M)[1]


def numbers(text):
    return [int(n) for n in text.split(".")]


def run(*args, limit_s=60):
    try:
        done = subprocess.run(args, capture_output=True, text=True, check=False, timeout=limit_s, cwd=h.directory())
    except subprocess.TimeoutExpired:
        raise h.Skip(f"{args[0]} takes too long") from None
    if done.returncode != 0:
        raise h.Skip(f"{os.path.basename(args[0])} cannot: " + (done.stderr.strip().splitlines() or ["it does not say why"])[-1])
    return done.stdout


def backports():
    """A line for apt about the backports, at the place that the system's own packages come from."""
    h.need("apt-get")
    codename = re.search(r"^VERSION_CODENAME=(\w+)", h.read("/etc/os-release"), re.M)
    if codename is None:
        raise h.Skip("this system has no code name")
    listed = run("apt-get", "indextargets", "--format", "$(RELEASE)|$(COMPONENT)|$(REPO_URI)|$(CREATED_BY)")
    keys = glob.glob("/usr/share/keyrings/debian-archive-keyring.*")
    for line in listed.splitlines():
        release, component, place, kind = line.split("|")
        if release == codename[1] and component == "main" and kind == "Packages":
            return f"deb {'[signed-by=' + keys[0] + '] ' if keys else ''}{place} {release}-backports main\n"
    raise h.Skip("apt does not know where this system's packages come from")


def fetch():
    """Unpacks it; the folder."""
    h.need("dpkg")
    base = h.path("newer")
    for name in ("lists/partial", "cache/archives/partial", "unpacked"):
        os.makedirs(f"{base}/{name}")
    h.write("newer/sources.list", backports())
    options = [f"-oDir::Etc::sourcelist={base}/sources.list", "-oDir::Etc::sourceparts=-", f"-oDir::State::lists={base}/lists",
               f"-oDir::Cache={base}/cache", "-oAcquire::http::Timeout=10", "-oAcquire::Retries=0", "-oAPT::Sandbox::User="]
    run("apt-get", *options, "update")
    policy = run("apt-cache", *options, "policy", "libcurl4")
    found = re.search(r"^ +(?:\*\*\* )?(\S+bpo\S+) ", policy, re.M)
    if found is None:
        raise h.Skip("the backports have no libcurl4")
    run("sh", "-c", 'cd "$1" && shift && exec apt-get "$@"', "sh", base, *options, "download", "libcurl4=" + found[1])
    run("dpkg", "-x", glob.glob(base + "/libcurl4_*.deb")[0], base + "/unpacked")
    folders = [os.path.dirname(name) for name in glob.glob(base + "/unpacked/usr/lib/*/libcurl.so.4")]
    missing = subprocess.run(["ldd", folders[0] + "/libcurl.so.4"], capture_output=True, text=True, check=False).stdout
    if "not found" in missing:
        raise h.Skip("the newer libcurl wants libraries that are not here")
    if numbers(version(folders[0])) <= numbers(version()):
        raise h.Skip("libcurl " + version() + " is the newest there is")
    h.note(f"libcurl {version(folders[0])} instead of {version()}")
    return folders[0]


def library():
    """The folder with the newer library, made once; else the reason why there is none."""
    global _library
    if _library is not None and os.path.isdir(_library):
        return _library
    if _library is not None:
        raise h.Skip(_library)
    try:
        _library = fetch()
    except h.Skip as reason:
        _library = str(reason)
        raise
    return _library


def passes(t, *command):
    """A test program of its own, with the newer library: nothing of it fails."""
    env = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "TMUX")}
    done = subprocess.run(command, env={**env, "LD_LIBRARY_PATH": library(), "top_builddir": h.BUILD, "top_srcdir": h.SOURCE},
                          capture_output=True, text=True, check=False, timeout=300)
    said = done.stdout + done.stderr
    t.true(done.returncode == 0 and not re.search(r"^not ok", said, re.M), f"{command[-1]} fails:\n{said[-2000:]}")


def unit(t, name):
    program = os.path.join(h.BUILD, "tests", "unit", name)
    if not os.access(program, os.X_OK):
        raise h.Skip(name + " is not built")
    passes(t, program)


def answers_are_the_same(t):
    unit(t, "test_answers")


def faults_are_the_same(t):
    unit(t, "test_net_faults")


def nothing_leaks_and_nothing_spins(t):
    unit(t, "test_net_leaks")


def credentials_proxies_and_bodies_work(t):
    passes(t, sys.executable, os.path.join(HERE, "by_curl.py"))


def tls_fails_in_the_same_ways(t):
    passes(t, sys.executable, os.path.join(HERE, "tls_by_curl.py"))


h.main(globals())
