"""onager ctl: finds runs, asks and steers them, and says what came of it; the socket belongs to one user and goes with its run."""

import json
import os
import re
import signal
import socket
import stat

import harness as h


_directories = 0


def begin(nginx, *args, rate="100/s", directory=None, **env):
    """A run in the background and the environment of its clients."""
    global _directories
    if directory is None:
        _directories += 1
        directory = h.path(f"runtime-{_directories}")
        os.makedirs(directory, 0o700)
    env = h.environment(XDG_RUNTIME_DIR=directory, **env)
    child = h.start([h.need_built(h.ONAGER), nginx.url + "/", "-r", rate, "-d", "10m", "--progress", *args], env=env,
                    stdout=h.subprocess.PIPE, stderr=h.subprocess.DEVNULL)
    h.wait_for("the socket", lambda: os.path.exists(os.path.join(directory, "onager", f"{child.pid}.sock")))
    before = nginx.count()
    h.wait_for("requests", lambda: nginx.count() > before + 5)
    return child, directory


def ctl(directory, *words):
    return h.onager("ctl", *words, XDG_RUNTIME_DIR=directory)


def ended(child):
    return child.wait(h.LIMIT_S)


def commands_take_effect_and_say_what_they_came_to(t):
    nginx = h.Nginx()
    child, directory = begin(nginx)
    t.match(r"running planned=\d+", ctl(directory, "status").out, "status")
    t.equal(ctl(directory, "scale", "+10%").out, "rate 100/s to 110/s\n", "scale")
    t.equal(ctl(directory, "rate", "300").out, "rate 110/s to 300/s\n", "rate")
    t.equal(json.loads(ctl(directory, "--json", "status").out)["planned_rate"], 300, "the planned rate")
    t.equal(ctl(directory, "spike", "2", "30s").out, "spike x2 for 30s: rate 300/s to 600/s\n", "spike")
    t.equal(ctl(directory, "undo").out, "undo: rate 600/s to 300/s\n", "undo")
    t.equal(ctl(directory, "pause").out, "pause\n", "pause")
    t.equal(json.loads(ctl(directory, "--json", "status").out)["state"], "paused", "state")
    t.equal(ctl(directory, "resume").out, "resume\n", "resume")
    t.equal(ctl(directory, "mark", "pool=40", "on", "db1").out, "pool=40 on db1\n", "mark")
    stats = json.loads(ctl(directory, "stats").out)
    t.equal(stats["schema"], "onager.summary/1", "stats")
    t.equal(stats["annotations"][-1]["by"], "ctl", "the author")
    t.equal(ctl(directory, "stop").out, "stop\n", "stop")
    t.equal(ended(child), 4, "exit code")
    nginx.stop()


def what_cannot_be_done_is_refused_with_1_and_a_reason(t):
    nginx = h.Nginx()
    child, directory = begin(nginx)
    for words, code, pattern in ((("vus", "5"), 1, r"vus was refused: default is an open model and has a rate: rate N sets it"),
                                 (("undo",), 1, r"undo was refused: nothing to undo: the load is as planned"),
                                 (("next",), 1, r"next was refused: default is in its last stage: stop ends it"),
                                 (("resume",), 1, r"resume does nothing: the run is running"),
                                 (("rat", "5"), 1, r'there is no command "rat": did you mean "rate"\?'),
                                 (("rate", "5", "nobody"), 1, r'there is no scenario "nobody"'),
                                 (("--run", "77", "pause"), 2, r'there is no run "77" among'),
                                 (("-x", "pause"), 2, r"onager ctl has no option -x")):
        result = ctl(directory, *words)
        t.equal(result.code, code, f"{words}: {result}")
        t.match(pattern, " ".join(result.err.replace("onager:", "").split()), str(words))
    h.end(child)
    nginx.stop()


def several_runs_are_listed_and_chosen_by_process_or_id(t):
    nginx = h.Nginx()
    first, directory = begin(nginx)
    second, _ = begin(nginx, directory=directory)
    listed = ctl(directory).out
    ids = dict(re.findall(r"^(\d+) +(\S+)", listed, re.M))
    t.equal(sorted(map(int, ids)), sorted([first.pid, second.pid]), "both are listed")
    result = ctl(directory, "pause")
    t.equal(result.code, 2, "which one?")
    t.match(r"there are several runs", result.err, "message")
    t.equal(ctl(directory, "--run", str(first.pid), "pause").code, 0, "by process")
    t.equal(ctl(directory, "--run", ids[str(second.pid)], "stop").code, 0, "by id")
    t.equal(ended(second), 4, "the second ends")
    t.equal(json.loads(ctl(directory, "status", "--json").out)["state"], "paused", "the first is the only one now")
    h.end(first)
    nginx.stop()


def watching_ends_with_the_run(t):
    nginx = h.Nginx()
    child, directory = begin(nginx)
    watching = h.start([h.ONAGER, "ctl", "status", "-w"], env=h.environment(XDG_RUNTIME_DIR=directory), stdout=h.subprocess.PIPE)
    t.match(r"running", watching.stdout.readline().decode(), "a line at once")
    ctl(directory, "stop")
    t.equal(ended(child), 4, "exit code")
    t.match(r"stopped exit=4", watching.communicate(timeout=h.LIMIT_S)[0].decode(), "the last line is the end")
    nginx.stop()


def the_socket_is_the_users_alone_and_goes_with_the_run(t):
    nginx = h.Nginx()
    child, directory = begin(nginx)
    folder = os.path.join(directory, "onager")
    path = os.path.join(folder, f"{child.pid}.sock")
    t.equal(stat.S_IMODE(os.stat(folder).st_mode), 0o700, "folder")
    t.equal(stat.S_IMODE(os.stat(path).st_mode), 0o600, "socket")
    h.end(child)
    t.equal(os.path.exists(path), False, "gone")
    child, _ = begin(nginx, directory=directory)
    path = os.path.join(folder, f"{child.pid}.sock")
    h.end(child, signal.SIGKILL)
    t.equal(os.path.exists(path), True, "a killed run leaves it")
    t.match(r"no run of yours", ctl(directory, "status").err, "nobody answers")
    t.equal(os.path.exists(path), False, "it was removed")
    os.chmod(folder, 0o755)
    child = h.start([h.ONAGER, nginx.url + "/", "-n", "5", "--progress"], env=h.environment(XDG_RUNTIME_DIR=directory, HOME="/nonexistent"),
                    stdout=h.subprocess.DEVNULL, stderr=h.subprocess.PIPE)
    child.communicate(timeout=h.LIMIT_S)
    t.equal(child.returncode, 0, "the run does not need it")
    t.equal([name for name in os.listdir(folder) if name.endswith(".sock")], [], "no socket in a folder that is open to others")
    os.chmod(folder, 0o700)
    nginx.stop()


def no_socket_means_none(t):
    nginx = h.Nginx()
    directory = h.path("quiet")
    os.makedirs(directory, 0o700)
    h.onager(nginx.url + "/", "-n", "5", "--no-socket", XDG_RUNTIME_DIR=directory)
    t.equal(os.listdir(directory), [], "nothing was made")
    nginx.stop()


def nonsense_harms_no_run(t):
    nginx = h.Nginx()
    child, directory = begin(nginx)
    path = os.path.join(directory, "onager", f"{child.pid}.sock")
    for nonsense in (b"\n", b"{}\n", b"[" * 3000 + b"\n", b"\xff\x00\n", b'{"do":5}\n', b'{"do":"command"}\n', b'{"do":"rerun"}\n'):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(h.LIMIT_S)
            peer.connect(path)
            peer.sendall(nonsense)
            answer = b""
            while answer.count(b"\n") < 2:
                answer += peer.recv(4096)
            t.match(r'"protocol":"onager.local/1"', answer.decode(), "the greeting")
            t.equal(json.loads(answer.decode().split("\n")[1])["ok"], False, repr(nonsense[:20]))
    with socket.socket(socket.AF_UNIX) as peer: # a line that never ends
        peer.settimeout(h.LIMIT_S)
        peer.connect(path)
        try:
            for _ in range(100):
                peer.sendall(b"x" * 1000)
            gone = False
        except OSError:
            gone = True
        t.equal(gone, True, "it is dropped")
    peers = [socket.socket(socket.AF_UNIX) for _ in range(40)]
    for peer in peers:
        peer.connect(path)
    for peer in peers:
        peer.close()
    t.match(r"running", ctl(directory, "status").out, "it still answers")
    h.end(child)
    nginx.stop()


h.main(globals())
