"""The test cloud's servers: one HTTP endpoint for every service and region, and DNS. `server.py --help` tells the rest."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Without it moto asks the real network for nothing, but botocore might look for a region and credentials.
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")

import control
import dns_server
from calls import Request
from clock import CLOCK
from cloud import Cloud
from errors import Reply
from faults import Dropped


class Front(BaseHTTPRequestHandler):
    """A thread for each connection, which is kept alive; a call that hangs holds up its own thread only."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def carry(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        try:
            if request.path.startswith(control.PREFIX + "/"):
                reply = self.server.control.answer(request)
            else:
                reply = self.server.cloud.answer(request, self.connection)
        except Dropped:
            self.close_connection = True
            return
        self.send(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = carry

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((time.time() if timestamp is None else timestamp) + control.ahead_seconds())

    def send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in ("content-length", "connection", "server", "date", "status"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if reply.how == "cut":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.wfile.flush()
            self.close_connection = True
        elif reply.how == "drip":
            for byte in reply.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(1)
        else:
            self.wfile.write(reply.body)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def finish(self) -> None:
        # What is left of a reply whose caller has gone cannot be sent: that is no error here.
        with contextlib.suppress(ConnectionError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Silent: the call log has it all."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Front)
        self.cloud = Cloud()
        self.control = control.Control(self.cloud)
        self.control.endpoint = self.endpoint

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def wait_for_stdin_to_close(done: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    done.set()


def main() -> None:
    parser = argparse.ArgumentParser(description="An AWS-compatible cloud for tests, on 127.0.0.1 over plain HTTP.")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--port-file", type=Path, help="file to write the port to, once ready")
    parser.add_argument("--stage-seconds", type=float, default=0.3, help="how long each stage of a change lasts")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input is closed")
    options = parser.parse_args()

    CLOCK.stage_seconds = options.stage_seconds
    CLOCK.reset()
    server = Server(options.port)
    done = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: done.set())
    if options.exit_with_stdin:
        threading.Thread(target=wait_for_stdin_to_close, args=(done,), daemon=True).start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if options.port_file:
        options.port_file.write_text(str(server.server_port))
    print(json.dumps({"endpoint": server.endpoint} | dns_server.serve(server.cloud)), flush=True)
    done.wait()


if __name__ == "__main__":
    main()
