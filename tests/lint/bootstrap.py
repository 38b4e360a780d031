"""./bootstrap in a world of its own: a directory that stands for the root of the machine, and stand-ins for apt-get and the
like that write down what they were asked. Nothing is installed. What real packages do to a real system is not seen here."""

import os
import pty
import shutil
import signal
import stat
import subprocess
import tempfile

import lint

WANTS = "etc/systemd/system/multi-user.target.wants"

STANDINS = {
    "id": "echo 0",
    "nproc": "echo 1",
    "apt-cache": "exit 0",
    "systemctl": '[ "$1" = list-units ] && echo "old.service loaded active running Old"; exit 0',
    "dpkg-query": 'for w; do n=$w; done; grep -qx "$n" "$WORLD/have" && printf installed; exit 0',
    "apt-get": '''case "$*" in
*--print-uris*) echo "'x' a.deb 1500000 SHA256:0"; exit 0 ;;
esac
echo "$*" >>"$WORLD/asked"
case "$*" in
update* | *" update") exit 0 ;;
esac
for service in nginx old; do
    sh -c '"$BOOTSTRAP_ROOT/usr/sbin/policy-rc.d" "$1" start' - $service; echo "$service start $?" >>"$WORLD/policy"
done
ln -s /lib/systemd/system/nginx.service "$BOOTSTRAP_ROOT/''' + WANTS + '''/nginx.service"
: >"$BOOTSTRAP_ROOT/etc/rc2.d/S01nginx"
eval "${APT_DOES:-:}"''',
}

CONFIGURE = '''#!/bin/sh
echo "configure $*" >>"$WORLD/asked"
echo >config.status; chmod +x config.status
cp "$WORLD/Makefile" .
'''
MAKEFILE = '''all:
	mkdir -p src tests; printf '#!/bin/sh\\necho program $$*\\n' >src/onager; chmod +x src/onager
check: all
	@if [ "$(origin TESTS)" = undefined ]; then sh "$$WORLD/tests.sh"; fi
install: all
	mkdir -p "$$(sed -n s/^prefix=//p bootstrap.stamp)/bin"; cp src/onager "$$(sed -n s/^prefix=//p bootstrap.stamp)/bin"
'''


class World:
    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="onager-bootstrap-")
        self.root = os.path.join(self.top, "root")
        for directory in ("bin", "home", "tree", "root/usr/sbin", "root/etc/rc2.d", "root/" + WANTS):
            os.makedirs(os.path.join(self.top, directory))
        for name, body in STANDINS.items():
            self.write("bin/" + name, "#!/bin/sh\n" + body + "\n", 0o755)
        os.symlink("/lib/systemd/system/old.service", os.path.join(self.root, WANTS, "old.service"))
        self.write("root/etc/rc2.d/S01old", "")
        shutil.copy(os.path.join(lint.SOURCE, "bootstrap"), os.path.join(self.top, "tree"))
        self.write("tree/configure", CONFIGURE, 0o755)
        self.write("Makefile", MAKEFILE)
        self.write("have", "")
        self.write("tests.sh", "")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top)

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def without(self, *names):
        """A PATH that lacks these programs: links to the others."""
        os.makedirs(self.path("few"))
        for directory in ("/usr/bin", "/bin"):
            for name in os.listdir(directory):
                if name not in names and not os.path.lexists(self.path("few/" + name)):
                    os.symlink(os.path.join(directory, name), self.path("few/" + name))
        for name in names:
            os.remove(self.path("bin/" + name))
        return self.path("bin") + ":" + self.path("few")

    def environment(self, **more):
        keep = {k: v for k, v in os.environ.items() if k not in ("PREFIX", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MANPATH", "TESTS")}
        keep.update(WORLD=self.top, BOOTSTRAP_ROOT=self.root, HOME=self.path("home"), PATH=self.path("bin") + ":/usr/bin:/bin")
        keep.update(more)
        return keep

    def run(self, *words, **more):
        return subprocess.run(["sh", self.path("tree/bootstrap"), *words], env=self.environment(**more), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=60)

    def run_on_a_terminal(self, answer, *words):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe("sh", ["sh", self.path("tree/bootstrap"), *words], self.environment())
        os.write(terminal, answer.encode() + b"\n")
        shown = b""
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def installs(self):
        return [line for line in self.read("asked").split("\n") if " install " in line]

    def enabled(self):
        return sorted(os.listdir(os.path.join(self.root, WANTS)) + os.listdir(self.path("root/etc/rc2.d")))


def _differ(**pairs):
    return [f"{name}: {had!r}, not {wanted!r}" for name, (had, wanted) in pairs.items() if had != wanted]


OLD = ["S01old", "old.service"]


def a_daemon_is_installed_but_neither_started_nor_enabled():
    with World() as w:
        r = w.run("install-packages", "nginx")
        return _differ(code=(r.returncode, 0), policy=(w.read("policy").split("\n")[0], "nginx start 101"), enabled=(w.enabled(), OLD),
                       sbin=(os.listdir(w.path("root/usr/sbin")), []))


def a_policy_that_was_there_answers_for_what_ran_and_is_put_back():
    with World() as w:
        os.makedirs(w.path("root/run/systemd/system"))
        text = "#!/bin/sh\nexit 104\n"
        w.write("root/usr/sbin/policy-rc.d", text, 0o711)
        r = w.run("install-packages", "nginx")
        mode = stat.S_IMODE(os.stat(w.path("root/usr/sbin/policy-rc.d")).st_mode)
        return _differ(code=(r.returncode, 0), policy=(w.read("policy"), "nginx start 101\nold start 104\n"), mode=(mode, 0o711),
                       text=(w.read("root/usr/sbin/policy-rc.d"), text), sbin=(os.listdir(w.path("root/usr/sbin")), ["policy-rc.d"]))


def a_failed_or_ended_installation_leaves_nothing_behind():
    found = []
    for how, code in (("exit 100", 1), ("kill -TERM $PPID", 130)):
        with World() as w:
            r = w.run("install-packages", "nginx", APT_DOES=how)
            found += _differ(failed=(r.returncode != 0, True), enabled=(w.enabled(), OLD), sbin=(os.listdir(w.path("root/usr/sbin")), []))
            if code == 130:
                found += _differ(code=(r.returncode, code))
    return found


def a_killed_installation_blocks_nothing_and_the_next_one_repairs():
    with World() as w:
        text = "#!/bin/sh\nexit 104\n"
        w.write("root/usr/sbin/policy-rc.d", text, 0o755)
        r = w.run("install-packages", "nginx", APT_DOES="kill -KILL $PPID")
        answer = subprocess.run([w.path("root/usr/sbin/policy-rc.d"), "any", "start"], check=False).returncode
        found = _differ(code=(r.returncode, -signal.SIGKILL), answer=(answer, 104))
        w.run("install-packages", "nginx")
        return found + _differ(text=(w.read("root/usr/sbin/policy-rc.d"), text), sbin=(os.listdir(w.path("root/usr/sbin")), ["policy-rc.d"]))


def build_and_demo_install_what_a_build_needs_and_check_more():
    found = []
    for word, nginx in (("build", False), ("demo", False), ("check", True)):
        with World() as w:
            w.run(word)
            found += _differ(installs=(len(w.installs()), 1), gcc=(" gcc " in w.read("asked"), True), nginx=(" nginx " in w.read("asked"), nginx))
    return found


def what_is_there_is_not_installed_again():
    with World() as w:
        entries = [line.split()[0] for line in w.run("packages").stdout.split("\n") if line.endswith((" build", " test"))]
        w.write("have", "\n".join(e.split("|")[-1] for e in entries) + "\n")
        first = w.run("build")
        second = w.run("build")
        return _differ(first=(first.returncode, 0), second=(second.returncode, 0), installs=(w.installs(), []),
                       asked=(w.read("asked").count("configure"), 1))


def it_asks_once_on_a_terminal_and_no_is_no():
    with World() as w:
        code, shown = w.run_on_a_terminal("n", "build")
        found = _differ(code=(code, 1), asked=(shown.count("Install them?"), 1), size=("1.5 MB" in shown, True), installs=(w.installs(), []))
        code, shown = w.run_on_a_terminal("y", "build")
        found += _differ(code_of_yes=(code, 0), installs_of_yes=(len(w.installs()), 1))
        code, shown = w.run_on_a_terminal("", "build", "--yes")
        return found + _differ(question=("Install them?" in shown, False), installs_of_option=(len(w.installs()), 2))


def no_install_asks_apt_for_nothing():
    with World() as w:
        r = w.run("build", "--no-install")
        return _differ(code=(r.returncode, 0), installs=(w.installs(), []))


def without_apt_there_is_a_list_of_names():
    with World() as w:
        r = w.run("build", PATH=w.without("apt-get", "dpkg-query"))
        return _differ(code=(r.returncode, 0), named=("libcurl4-openssl-dev" in r.stderr and "libev-dev" in r.stderr, True))


def without_root_and_sudo_it_says_the_command():
    with World() as w:
        w.write("bin/id", "#!/bin/sh\necho 1000\n", 0o755)
        w.write("bin/sudo", "", 0o755)
        r = w.run("build", PATH=w.without("sudo"))
        return _differ(code=(r.returncode, 1), said=("apt-get install --no-install-recommends gcc" in r.stderr, True), installs=(w.installs(), []))


def the_last_line_of_check_counts_the_tests_that_ran():
    found = []
    result = ":test-result: "
    for script, line, code in (
            (f"printf '{result}PASS a\\n{result}PASS b\\n' >tests/a.trs; echo '{result}SKIP c' >tests/b.trs", "2 passed, 0 failed, 1 skipped", 0),
            (f"printf '{result}PASS a\\n{result}FAIL b\\n{result}ERROR c\\n' >tests/a.trs; exit 1", "1 passed, 2 failed, 0 skipped", 1),
            (f"echo '{result}PASS a' >tests/a.trs; exit 1", "1 passed, 0 failed, 0 skipped", 1),
            ("exit 0", "0 passed, 0 failed, 0 skipped", 1),
            ("exit 2", "0 passed, 0 failed, 0 skipped", 1)):
        with World() as w:
            w.run("build", "--no-install")
            w.write("tree/build/tests/stale.trs", result + "PASS old\n")
            w.write("tests.sh", script)
            r = w.run("check", "--no-install")
            found += _differ(line=(r.stdout.rstrip("\n").split("\n")[-1], line), code=(r.returncode, code))
    return found


def a_program_that_does_not_build_fails_check():
    with World() as w:
        w.write("Makefile", "all:\n\tfalse\n")
        r = w.run("check", "--no-install")
        return _differ(code=(r.returncode != 0, True), line=("passed" in r.stdout, False))


def install_says_what_to_add_to_path():
    with World() as w:
        r = w.run("install", "--no-install", PREFIX=w.path("there"))
        found = _differ(code=(r.returncode, 0), there=(os.path.exists(w.path("there/bin/onager")), True),
                        path=(f'export PATH="{w.path("there")}/bin:$PATH"' in r.stdout, True))
        r = w.run("install", "--no-install", "--prefix", w.path("other"), MANPATH="/x", PATH=w.path("bin") + ":" + w.path("other/bin") + ":/usr/bin:/bin")
        return found + _differ(path_of_other=("export PATH" in r.stdout, False), man=("export MANPATH" in r.stdout, True),
                               home=(os.listdir(w.path("home")), []))


def demo_runs_the_program():
    with World() as w:
        r = w.run("demo", "--no-install")
        return _differ(code=(r.returncode, 0), out=(r.stdout, "program demo\n"))


lint.main(globals())
