"""Small servers for tests about the way to a server: one that listens on many addresses and notes who came, a listener that answers
no SYN, and a proxy that speaks HTTP and SOCKS. Standard library only."""

import base64
import re
import select
import selectors
import socket
import ssl
import struct
import threading
import time

BODY = b"hello\n"


def listen(address, port=0, backlog=512):
    if address.startswith("/"):
        s = socket.socket(socket.AF_UNIX)
        s.bind(address)
    else:
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in address:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind((address, port))
    s.listen(backlog)
    return s


class Web:
    """An HTTP server in one thread. `seen`: of each request (time, address it came to, address it came from, target, Host)."""

    def __init__(self, *addresses, port=0, respond=None):
        self.seen = []
        self.respond = respond or (lambda target, host: None)  # bytes, or None for 200 and BODY
        self.selector = selectors.DefaultSelector()
        self.port = port
        for address in addresses:
            s = listen(address, self.port)
            if not address.startswith("/"):
                self.port = s.getsockname()[1]
            s.setblocking(False)
            self.selector.register(s, selectors.EVENT_READ, address)
        self.waker, woken = socket.socketpair()
        self.selector.register(woken, selectors.EVENT_READ, None)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def count(self, address):
        return sum(1 for s in self.seen if s[1] == address)

    def _run(self):
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    return
                if isinstance(key.data, str):
                    try:
                        sock, peer = key.fileobj.accept()
                    except BlockingIOError:
                        continue
                    sock.setblocking(False)
                    self.selector.register(sock, selectors.EVENT_READ, [key.data, peer[0] if peer else "", b""])
                else:
                    self._read(key.fileobj, key.data)

    def _read(self, sock, state):
        try:
            got = sock.recv(65536)
        except OSError:
            got = b""
        state[2] += got
        while b"\r\n\r\n" in state[2]:
            head, _, state[2] = state[2].partition(b"\r\n\r\n")
            target = head.split(b" ")[1].decode()
            host = re.search(rb"\r\nhost: *([^\r]*)", head, re.I)
            host = host[1].decode() if host else ""
            self.seen.append((time.monotonic(), state[0], state[1], target, host))
            answer = self.respond(target, host) or b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
            try:
                sock.send(answer)
            except OSError:
                got = b""
        if got == b"":
            self.selector.unregister(sock)
            sock.close()

    def stop(self):
        self.waker.send(b"x")
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


class Silent:
    """A listener whose queue is full, so that it answers no SYN."""

    def __init__(self, address, port):
        self.sockets = [listen(address, port, 0)]
        while True:
            s = socket.socket()
            self.sockets.append(s)
            s.settimeout(0.2)
            try:
                s.connect((address, port))
            except TimeoutError:
                return

    def stop(self):
        for s in self.sockets:
            s.close()


# ---- a proxy ----

class Proxy:
    """Each connection in a thread of its own. `asked`: what it was asked for, as (way, host, port). user: NAME:PASSWORD it wants.
    status: refuses every CONNECT with it. pair: certificate and key, then it speaks TLS and HTTP alone."""

    def __init__(self, user=None, status=None, pair=None):
        self.user, self.status, self.context = user, status, None
        if pair is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*pair)
        self.asked = []
        self.socket = listen("127.0.0.1")
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock:
            try:
                if self.context is not None:
                    with self.context.wrap_socket(sock, server_side=True) as secured:
                        self._http(secured)
                    return
                first = sock.recv(1, socket.MSG_PEEK)
                if first == b"\x05":
                    self._socks5(sock)
                elif first == b"\x04":
                    self._socks4(sock)
                elif first:
                    self._http(sock)
            except (OSError, EOFError):
                pass

    def _exactly(self, sock, n):
        got = b""
        while len(got) < n:
            more = sock.recv(n - len(got))
            if more == b"":
                raise EOFError
            got += more
        return got

    def _until(self, sock, end):
        got = b""
        while not got.endswith(end):
            got += self._exactly(sock, 1)
        return got

    def _pump(self, a, b):
        """Both ways, until one of them ends."""
        while True:
            ready = [a] if getattr(a, "pending", lambda: 0)() else select.select([a, b], [], [])[0]
            for one in ready:
                data = one.recv(65536)
                if data == b"":
                    return
                (b if one is a else a).sendall(data)

    def _join(self, sock, host, port, good, bad):
        # every name is here, whatever it is called
        try:
            other = socket.create_connection((host if re.match(r"[\d.]+$", host) else "127.0.0.1", port), 10)
        except OSError:
            sock.sendall(bad)
            return
        with other:
            sock.sendall(good)
            self._pump(sock, other)

    def _http(self, sock):
        wanted = self.user and b"basic " + base64.b64encode(self.user.encode())
        while True:
            head = self._until(sock, b"\r\n\r\n")
            method, target = head.decode().split(" ")[:2]
            given = re.search(rb"\r\nproxy-authorization: *([^\r]*)", head, re.I)
            if self.user and (not given or given[1].lower() != wanted.lower()):
                sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n")
                return
            if method == "CONNECT":
                host, port = target.rsplit(":", 1)
                self.asked.append(("connect", host.strip("[]"), int(port)))
                if self.status:
                    sock.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % self.status)
                    return
                self._join(sock, host.strip("[]"), int(port), b"HTTP/1.1 200 Connected\r\n\r\n", b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n")
                return
            url = re.match(r"http://([^/:]+)(?::(\d+))?(/.*)$", target)
            if not url:
                sock.sendall(b"HTTP/1.1 400 Not absolute\r\nContent-Length: 0\r\n\r\n")
                return
            self.asked.append(("absolute", url[1], int(url[2] or 80)))
            head = re.sub(rb"\r\nproxy-authorization:[^\r]*", b"", head, flags=re.I)
            with socket.create_connection(("127.0.0.1", int(url[2] or 80)), 10) as other:
                other.sendall(head.replace(target.encode(), url[3].encode(), 1))
                answer = self._until(other, b"\r\n\r\n")
                length = int(re.search(rb"content-length: *(\d+)", answer, re.I)[1])
                sock.sendall(answer + self._exactly(other, length))

    def _socks5(self, sock):
        _, count = self._exactly(sock, 2)
        methods = self._exactly(sock, count)
        wanted = 2 if self.user else 0
        if wanted not in methods:
            sock.sendall(b"\x05\xff")
            return
        sock.sendall(bytes([5, wanted]))
        if self.user:
            _, n = self._exactly(sock, 2)
            name = self._exactly(sock, n)
            password = self._exactly(sock, self._exactly(sock, 1)[0])
            is_good = (name + b":" + password).decode() == self.user
            sock.sendall(b"\x01" + (b"\x00" if is_good else b"\x01"))
            if not is_good:
                return
        _, _, _, kind = self._exactly(sock, 4)
        if kind == 1:
            host = socket.inet_ntoa(self._exactly(sock, 4))
        else:
            host = self._exactly(sock, self._exactly(sock, 1)[0]).decode()
        port = struct.unpack("!H", self._exactly(sock, 2))[0]
        self.asked.append(("socks5", host, port))
        rest = b"\x00\x01\x00\x00\x00\x00\x00\x00"
        self._join(sock, host, port, b"\x05\x00" + rest, b"\x05\x05" + rest)

    def _socks4(self, sock):
        _, _, port = struct.unpack("!BBH", self._exactly(sock, 4))
        host = socket.inet_ntoa(self._exactly(sock, 4))
        self._until(sock, b"\0")
        if host.startswith("0.0.0."):
            host = self._until(sock, b"\0")[:-1].decode()
        self.asked.append(("socks4", host, port))
        self._join(sock, host, port, b"\x00\x5a" + b"\0" * 6, b"\x00\x5b" + b"\0" * 6)
