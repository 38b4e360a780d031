"""The tools the other end-to-end tests stand on: servers that count, delays that are what the log says, a terminal."""

import socket

import harness as h
import terminal


def nginx_counts_what_was_asked(t):
    nginx = h.Nginx()
    for _ in range(5):
        h.get(nginx.url + "/missing")
    h.get(nginx.url + "/")
    t.equal(nginx.served(), 6, "stub_status")
    nginx.stop()
    t.equal(nginx.count(), 6, "lines of the log")
    t.equal(nginx.statuses(), {"200": 1, "404": 5}, "statuses")


def the_test_server_counts_and_tells_when_it_sent(t):
    server = h.TestServer()
    for _ in range(3):
        h.get(server.url + "/delay?first=20000&last=10000")
    t.equal(server.stats()["requests"], 3, "requests")
    for row in server.truth():
        t.within(row["first"] - row["head"], 20_000_000, 5_000_000_000, "first byte")
        t.within(row["last"] - row["first"], 10_000_000, 5_000_000_000, "last byte")
    t.equal(server.stop(), 0, "exit code")


def the_test_server_misbehaves_as_asked(t):
    server = h.TestServer()

    def ask(path):
        with socket.create_connection(("127.0.0.1", server.port), 20) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            data = b""
            try:
                while more := s.recv(65536):
                    data += more
            except ConnectionResetError:
                return "reset"
            return data

    t.equal(ask("/close"), b"", "/close")
    t.equal(ask("/reset"), "reset", "/reset")
    t.equal(ask("/raw?hex=00ff41"), b"\x00\xffA", "/raw")
    t.equal(len(ask("/partial").split(b"\r\n\r\n")[1]), 50, "/partial")
    with socket.create_connection(("127.0.0.1", server.port), 20) as s:
        s.sendall(b"GET /hostile HTTP/1.1\r\n\r\n")
        t.true(b"\x1b[2J" in s.recv(65536), "/hostile")


def a_terminal_that_is_left_dirty_is_noticed(t):
    def left_by(commands):
        pane = terminal.Terminal(["sh", "-c", commands], 80, 24)
        pane.wait_end()
        try:
            pane.clean(t)
        except h.Failure as failure:
            return str(failure).split(":", maxsplit=1)[0]
        finally:
            pane.stop()
        return "clean"

    t.equal(left_by("tput smcup; tput civis; tput cnorm; tput rmcup"), "clean", "a good program")
    t.equal(left_by("tput smcup"), "alternate screen", "no rmcup")
    t.equal(left_by("tput civis"), "cursor shown", "no cnorm")
    t.equal(left_by("stty -echo"), "stty -g", "no stty")


def a_screen_has_the_size_that_was_asked_for_and_takes_keys(t):
    pane = terminal.Terminal(["sh", "-c", "stty size; read line; echo got $line; stty size"], 100, 30)
    pane.wait_match("^30 100$")
    pane.resize(60, 20)
    pane.keys("x", "y", "Enter")
    t.equal(pane.wait_end(), 0, "exit code")
    pane.wait_match("^got xy$")
    pane.wait_match("^20 60$")
    pane.stop()


h.main(globals())
