"""Delays the server made on purpose are found in the phase they belong to; phases add up; a reused connection shows 0."""

import ctypes
import os
import socket
import struct
import threading

import harness as h

PHASES = ("blocked", "resolving", "connecting", "tls", "sending", "waiting", "receiving")
ALLOWED_MS = 2.0
TRIES = 5  # a machine that stands still at the wrong moment disturbs one measurement, not all


def one(summary, phase, what="max"):
    return summary["requests"][0]["phases_ms"][phase][what]


def total(summary, phases):
    return sum(one(summary, phase) for phase in phases)


def within_two_ms(t, attempt):
    """Repeats attempt(), which returns {phase: (measured ms, truth ms)}, until all are within 2 ms."""
    for left in reversed(range(TRIES)):
        pairs = attempt()
        worst = max(pairs, key=lambda phase: abs(pairs[phase][0] - pairs[phase][1]))
        measured, truth = pairs[worst]
        if abs(measured - truth) <= ALLOWED_MS:
            return
        h.note(f"{worst}: measured {measured:.3f} ms, in truth {truth:.3f} ms")
        t.true(left > 0, f"{worst} is off by {measured - truth:.3f} ms")


def late_first_and_last_bytes_show_in_waiting_and_receiving(t):
    server = h.TestServer()
    url = server.url + "/delay?first=80000&last=45000"

    def attempt():
        _, summary = h.measure(url, "-n", 1)
        truth = server.truth()[-1]
        t.true(one(summary, "waiting") >= 80 - ALLOWED_MS, "waiting holds the delay")
        t.true(one(summary, "receiving") >= 45 - ALLOWED_MS, "receiving holds the delay")
        return {"waiting": (one(summary, "waiting"), (truth["first"] - truth["head"]) / 1e6),
                "receiving": (one(summary, "receiving"), (truth["last"] - truth["first"]) / 1e6)}

    within_two_ms(t, attempt)


def phases_add_up_to_the_duration(t):
    server = h.TestServer()
    _, summary = h.measure(server.url + "/delay?first=30000&last=20000", "-n", 1)
    duration = summary["requests"][0]["duration_ms"]
    exact = total(summary, ("sending", "waiting", "receiving"))
    t.within(exact, duration["max"] - 0.000_01, duration["max"] + 0.000_01, "sending + waiting + receiving")
    t.equal(duration["min"], duration["max"], "one sample")


def a_reused_connection_shows_zero(t):
    server = h.TestServer()
    _, summary = h.measure(server.url + "/delay?first=5000", "-n", 20, "-c", 1)
    t.equal(server.stats()["accepted"], 2, "connections, the one that asks for the counters among them")
    for phase in ("resolving", "connecting", "tls"):
        t.equal(one(summary, phase, "min"), 0, phase)
        t.equal(one(summary, phase, "p50"), 0, phase)
    t.true(one(summary, "connecting") > 0, "the first one connected")


class Wire:
    """Sees the packets on the loopback interface: when the first SYN to a port was sent and when the handshake was answered."""

    def __init__(self, port):
        if os.getuid() != 0:
            raise h.Skip("reading packets needs root")
        try:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
            self.socket.bind(("lo", 0))
        except OSError as error:
            raise h.Skip(f"no packet socket: {error}") from None
        self._filter(port)
        self.socket.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self.port = port

    def _filter(self, port):
        """Only TCP to or from that port, so that other traffic on a busy machine cannot push ours out of the buffer."""
        program = ((0x30, 0, 0, 9),         # protocol of the IP header
                   (0x15, 0, 6, 6),         # TCP, else drop
                   (0xb1, 0, 0, 0),         # x = length of the IP header
                   (0x48, 0, 0, 0),         # source port
                   (0x15, 2, 0, port),      # ours: keep
                   (0x48, 0, 0, 2),         # destination port
                   (0x15, 0, 1, port),      # ours: keep, else drop
                   (0x06, 0, 0, 128), (0x06, 0, 0, 0))
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
        self.socket.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", len(program), ctypes.addressof(code)))  # SO_ATTACH_FILTER

    def handshakes(self):
        """{client port: (first SYN in ns, SYN+ACK in ns)} of everything seen so far."""
        seen = {}
        self.socket.setblocking(False)
        while True:
            try:
                data, extra, _, address = self.socket.recvmsg(128, 64)
            except BlockingIOError:
                return {p: (a, b) for p, (a, b) in seen.items() if a and b}
            header = (data[0] & 15) * 4
            if address[2] == 4 or data[9] != 6:  # each packet is seen going out and coming in: only coming in
                continue
            source, destination = struct.unpack("!HH", data[header:header + 4])
            flags = data[header + 13]
            seconds, nanoseconds = struct.unpack("qq", extra[0][2])
            at = seconds * 10**9 + nanoseconds
            if destination == self.port and flags & 0x12 == 0x02:
                first, answer = seen.get(source, (None, None))
                seen[source] = (first or at, answer)
            elif source == self.port and flags & 0x12 == 0x12:
                first, answer = seen.get(destination, (None, None))
                seen[destination] = (first, answer or at)


class FullBacklog:
    """A server whose queue of new connections is full: the kernel drops the first SYN, and the client sends it again after
    about a second, when there is room."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(0)
        self.port = self.socket.getsockname()[1]
        self.filler = socket.create_connection(("127.0.0.1", self.port))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.room = threading.Event()
        self.thread.start()

    def _serve(self):
        self.room.wait()
        self.socket.accept()[0].close()
        peer, _ = self.socket.accept()
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        peer.recv(1)
        peer.close()


def a_slow_handshake_shows_in_connecting(t):
    def attempt():
        server = FullBacklog()
        wire = Wire(server.port)
        file = h.summary_path()
        child = h.start([h.need_built(h.ONAGER), f"http://127.0.0.1:{server.port}/", "-n", "1", "--out", "json=" + file],
                        stdout=h.subprocess.DEVNULL, stderr=h.subprocess.DEVNULL)
        h.wait_for("the first SYN is dropped", lambda: "02" in syn_sent(server.port))
        server.room.set()
        child.wait(60)
        summary = h.load_summary(file)
        t.equal(summary["counts"]["requests"]["ok"], 1, "answered")
        shakes = [s for s in wire.handshakes().values() if s[1] - s[0] > 100_000_000]
        t.equal(len(shakes), 1, "one slow handshake")
        t.true(one(summary, "connecting") > 500, "the handshake took a second")
        return {"connecting": (one(summary, "connecting"), (shakes[0][1] - shakes[0][0]) / 1e6)}

    within_two_ms(t, attempt)


def syn_sent(port):
    """States of the client sockets to that port, as /proc/net/tcp writes them."""
    return [line.split()[3] for line in h.read("/proc/net/tcp").splitlines()[1:] if line.split()[2].endswith(f":{port:04X}")]


h.main(globals())
