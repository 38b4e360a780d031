"""A server that asks who it is talking to, by NTLM (which it checks to the end, MS-NLMP 3.3.2) or by Negotiate (which nobody can
answer here), and one that swallows and makes bodies of any size. Prints its port; GET /stats tells what it saw, as JSON.

    /ntlm        401 until the connection has proved that it is ann with the password secret
    /negotiate   always 401, WWW-Authenticate: Negotiate
    /sink        reads a body and answers with its length and SHA-256
    /zeros/N     a body of N bytes
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import socketserver
import struct
import sys
import threading

USER, PASSWORD, DOMAIN = "ann", "secret", "TEST"
lock = threading.Lock()
stats = {"connections": 0, "requests": 0, "asked": 0, "challenged": 0, "proved": 0, "refused": 0, "ok": 0, "received": 0}


def count(what, by=1):
    with lock:
        stats[what] += by


def md4(data):
    """RFC 1320; OpenSSL 3 has put it away."""
    def rotate(x, n):
        return ((x << n) | (x >> (32 - n))) & 0xffffffff

    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
    data += b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    rounds = ((lambda x, y, z: (x & y) | (~x & z), 0, list(range(16)), (3, 7, 11, 19)),
              (lambda x, y, z: (x & y) | (x & z) | (y & z), 0x5a827999, [4 * (i % 4) + i // 4 for i in range(16)], (3, 5, 9, 13)),
              (lambda x, y, z: x ^ y ^ z, 0x6ed9eba1, [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], (3, 9, 11, 15)))
    for at in range(0, len(data), 64):
        words = struct.unpack("<16I", data[at:at + 64])
        a, b, c, d = state
        for mix, constant, order, shifts in rounds:
            for i, k in enumerate(order):
                a = rotate((a + mix(b, c, d) + words[k] + constant) & 0xffffffff, shifts[i % 4])
                a, b, c, d = d, a, b, c
        state = [(x + y) & 0xffffffff for x, y in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


def challenge(nonce):
    name = DOMAIN.encode("utf-16le")
    pairs = b"".join(struct.pack("<HH", kind, len(name)) + name for kind in (2, 1)) + struct.pack("<HH", 0, 0)
    flags = 0x1 | 0x4 | 0x200 | 0x10000 | 0x80000 | 0x800000 | 0x20000000
    head = 48
    return (b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(name), len(name), head) + struct.pack("<I", flags) + nonce + b"\0" * 8 +
            struct.pack("<HHI", len(pairs), len(pairs), head + len(name)) + name + pairs)


def proves(message, nonce):
    """Whether a type 3 message holds an NTLMv2 answer to the nonce."""
    def part(at):
        length, _, offset = struct.unpack("<HHI", message[at:at + 8])
        return message[offset:offset + length]

    answer, domain, user = part(20), part(28), part(36)
    if len(answer) <= 24:
        return False  # NTLMv1 and LM are not taken
    secret = hmac.new(md4(PASSWORD.encode("utf-16le")), user.decode("utf-16le").upper().encode("utf-16le") + domain, hashlib.md5).digest()
    proof = hmac.new(secret, nonce + answer[16:], hashlib.md5).digest()
    return user.decode("utf-16le") == USER and hmac.compare_digest(proof, answer[:16])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def setup(self):
        super().setup()
        self.nonce, self.is_proved = None, False

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def swallow(self):
        left, sum256 = int(self.headers.get("Content-Length") or 0), hashlib.sha256()
        count("received", left)
        while left > 0:
            piece = self.rfile.read(min(left, 1 << 20))
            if not piece:
                return None
            sum256.update(piece)
            left -= len(piece)
        return sum256.hexdigest()

    def ntlm(self):
        said = self.headers.get("Authorization", "")
        message = base64.b64decode(said[5:]) if said.startswith("NTLM ") else b""
        if self.is_proved:
            count("ok")
            return self.reply(200, b"hello\n")
        if message[8:12] == struct.pack("<I", 1):
            count("challenged")
            self.nonce = os.urandom(8)
            return self.reply(401, b"", ("WWW-Authenticate", "NTLM " + base64.b64encode(challenge(self.nonce)).decode()))
        if message[8:12] == struct.pack("<I", 3) and self.nonce is not None and proves(message, self.nonce):
            count("proved")
            count("ok")
            self.is_proved = True
            return self.reply(200, b"hello\n")
        count("refused" if message else "asked")
        return self.reply(401, b"who are you?\n", ("WWW-Authenticate", "NTLM"))

    def do_GET(self):
        body = self.swallow()
        if self.path == "/stats":
            with lock:
                return self.reply(200, json.dumps(stats).encode())
        count("requests")
        if self.path == "/ntlm":
            return self.ntlm()
        if self.path == "/negotiate":
            return self.reply(401, b"no ticket, no seat\n", ("WWW-Authenticate", "Negotiate"))
        if self.path.startswith("/zeros/"):
            left, piece = int(self.path[7:]), b"\0" * (1 << 20)
            self.send_response(200)
            self.send_header("Content-Length", str(left))
            self.end_headers()
            while left > 0:
                self.wfile.write(piece[:left])
                left -= len(piece)
            return None
        return self.reply(200, str(body).encode())

    do_POST = do_PUT = do_HEAD = do_GET


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def process_request(self, request, client_address):
        count("connections")
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        pass


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    sys.stdout.close()
    server.serve_forever()
