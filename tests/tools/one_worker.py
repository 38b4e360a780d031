#!/usr/bin/env python3
"""A server with one worker and a known service time: it answers one request after the other, each after SERVICE ms of work, on the
loopback address. Its capacity is 1000 / SERVICE requests a second, exactly: a sleep that ends late shortens the next one.

    one_worker.py SERVICE_MS [WORSE_MS]    prints the port; each request takes WORSE_MS longer than the one before"""

import selectors
import socket
import sys
import time

service_s = float(sys.argv[1]) / 1000
worse_s = float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.0
listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
listener.setblocking(False)
print(listener.getsockname()[1], flush=True)
loop = selectors.DefaultSelector()
loop.register(listener, selectors.EVENT_READ)
waiting = {}  # what was read of each connection
free_at = 0.0
while True:
    for key, _ in loop.select():
        if key.fileobj is listener:
            peer, _ = listener.accept()
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            loop.register(peer, selectors.EVENT_READ)
            waiting[peer] = b""
            continue
        peer = key.fileobj
        try:
            data = peer.recv(65536)
        except OSError:
            data = b""
        if not data:
            loop.unregister(peer)
            del waiting[peer]
            peer.close()
            continue
        waiting[peer] += data
        while b"\r\n\r\n" in waiting[peer]:
            waiting[peer] = waiting[peer].split(b"\r\n\r\n", 1)[1]
            free_at = max(free_at, time.monotonic()) + service_s
            service_s += worse_s
            time.sleep(max(0.0, free_at - time.monotonic()))
            try:
                peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            except OSError:
                break
