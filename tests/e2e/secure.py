"""What tests of TLS stand on: certificates made on the spot with the openssl command, and servers that do with TLS exactly what
a test says, down to which bytes go into which packet."""

import re
import socket
import ssl
import subprocess
import threading

import harness as h


def openssl(*args, **kwargs):
    done = subprocess.run([h.need("openssl"), *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **kwargs)
    if done.returncode != 0:
        raise h.Failure("openssl " + " ".join(args) + ": " + done.stdout.decode(errors="replace"))


class Authority:
    """A CA and what it signs; files NAME.pem (certificate) and NAME.key."""

    def __init__(self, name="ca"):
        self.name = name
        self.file, self.key = h.path(name + ".pem"), h.path(name + ".key")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN=Test {name}",
                "-keyout", self.key, "-out", self.file)

    def sign(self, name, names="DNS:localhost,IP:127.0.0.1", days=30):
        certificate, key, request = (h.path(f"{self.name}-{name}.{x}") for x in ("pem", "key", "csr"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        validity = ["-days", str(days)]
        if days < 0 and b"-not_before" in subprocess.run([h.need("openssl"), "x509", "-help"], capture_output=True, check=False).stderr:
            validity = ["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"]  # OpenSSL 3.4 and later want both ends
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", *validity,
                "-out", certificate, "-extfile", h.write(f"{self.name}-{name}.ext", f"subjectAltName={names}\n"))
        return certificate, key


    def chain(self, name, names="DNS:localhost,IP:127.0.0.1"):
        """As a public server has it: the certificate is signed by one between it and the CA, and both are in the file."""
        between = Authority.__new__(Authority)
        between.name = self.name + "-between"
        between.file, between.key, request = (h.path(f"{between.name}.{x}") for x in ("pem", "key", "csr"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN=Test {between.name}", "-keyout", between.key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", "30",
                "-out", between.file, "-extfile", h.write(between.name + ".ext", "basicConstraints=critical,CA:TRUE\n"))
        certificate, key = between.sign(name, names)
        return h.write(f"{between.name}-{name}-both.pem", h.read(certificate) + h.read(between.file)), key


def self_signed(name="alone"):
    certificate, key = h.path(name + ".pem"), h.path(name + ".key")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=alone", "-addext",
            "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
    return certificate, key


class SServer:
    """openssl s_server -www on a port the kernel picks."""

    def __init__(self, pair, *options):
        self.process = h.start([h.need("openssl"), "s_server", "-accept", "127.0.0.1:0", "-www", "-naccept", "10000",
                                "-cert", pair[0], "-key", pair[1], *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = ""
        while not line.startswith("ACCEPT"):
            line = self.process.stdout.readline().decode()
            if line == "":
                raise h.Failure("openssl s_server ended")
        self.url = f"https://127.0.0.1:{re.search(r':([0-9]+)$', line.strip())[1]}/"
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def stop(self):
        h.end(self.process)


class Peer:
    """One connection of a Server: TLS in memory, so that the handler decides what is sent when."""

    def __init__(self, sock, context):
        self.sock, self.context = sock, context
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def _pump(self, action):
        while True:
            try:
                result = action()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.sock.recv(65536)
                if data == b"":
                    self.incoming.write_eof()
                self.incoming.write(data)

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.sock.sendall(data)

    def shake_hands(self):
        self._pump(self.tls.do_handshake)

    def request(self):
        """Head and body of the next request, None at the end."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self._pump(lambda: self.tls.read(65536))
            if more == b"":
                return None
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        found = re.search(rb"(?i)content-length: *(\d+)", head)
        while found and len(body) < int(found[1]):
            body += self._pump(lambda: self.tls.read(65536))
        return head, body

    def records(self, *texts, goodbye=False):
        """The bytes on the wire of one record for each text, and of a close_notify."""
        for text in texts:
            self.tls.write(text)
        if goodbye:
            try:
                self.tls.unwrap()
            except ssl.SSLError:
                pass
        return self.outgoing.read()

    def send(self, *texts, goodbye=False):
        """All of it in one go."""
        self.sock.sendall(self.records(*texts, goodbye=goodbye))

    def drip(self, *texts):
        """A byte at a time."""
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in self.records(*texts):
            self.sock.sendall(bytes([byte]))


class Server:
    """Calls handler(peer) for each connection, in a thread of its own; without a certificate handler(socket)."""

    def __init__(self, handler, pair=None, context=None):
        self.handler, self.context = handler, context
        self.connections = 0
        self.mistakes = []
        if pair is not None:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*pair)
        self.socket = h.listening_socket()
        self.url = f"https://127.0.0.1:{self.socket.getsockname()[1]}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock:
            try:
                if self.context is None:
                    self.handler(sock)
                    return
                peer = Peer(sock, self.context)
                peer.shake_hands()
                self.handler(peer)
            except (OSError, ssl.SSLError) as reason:
                self.mistakes.append(reason)

    def stop(self):
        # a listening socket that is only closed keeps the thread that waits in accept()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def answer(body, *headers):
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers, b"", body])


def serve_all(peer, body=b"hello\n"):
    """A handler: the same answer to every request."""
    while peer.request() is not None:
        peer.send(answer(body))


def tls_nginx(pair, more="", **kwargs):
    return h.Nginx(tls=f"ssl_certificate {pair[0]}; ssl_certificate_key {pair[1]}; ssl_protocols TLSv1.2 TLSv1.3; "
                       f"ssl_session_cache shared:s:10m; {more}", **kwargs)


def kinds(summary):
    """Errors by kind."""
    return summary["counts"]["requests"]["errors"]
