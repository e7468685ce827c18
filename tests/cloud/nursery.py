"""Test clouds by the dozen: what one needs is loaded once, and each who connects to the socket gets a cloud of its own.

A cloud is a fork of this process: it is there in some milliseconds instead of seconds. It says where it is on the connection,
as `server.py` does on its standard output, and ends when the connection is closed. This process ends with its standard input.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import selectors
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import backend
import dns_server
import server
from calls import Request
from clock import CLOCK
from cloud import Cloud
from control import PREFIX, Control
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import create_backend_app

HERE = str(Path(__file__).parent)
# A plan with a component of every kind that a cloud is asked for: to build it once loads what they need.
EVERYTHING = Path(__file__).parent.parent / "plans" / "every-kind.toml"


def kept() -> dict[str, str]:
    """What each of our modules keeps by a name in capitals, as a text: defaults, tables, and what clouds are told."""
    ours = [(name, module) for name, module in sys.modules.items() if (getattr(module, "__file__", None) or "").startswith(HERE)]
    return {
        f"{name}.{what}": repr(value)
        for name, module in ours
        for what, value in vars(module).items()
        if what.isupper() and isinstance(value, dict | list | set)
    }


def warm() -> None:
    """Loads what clouds load when they are first asked: each service's models and routes. Nothing of it stays in the state."""
    for name in backend.SERVICES:
        backend.MOTO.app_instances[name] = create_backend_app(name)
    cloud = Cloud()
    control = Control(cloud)
    before = kept()
    for method, path, body in (("POST", "/seed", EVERYTHING.read_bytes()), ("GET", "/state", b"")):
        reply = control.answer(Request(method, PREFIX + path, {"content-type": "application/toml"}, body))
        if reply.status != 200:
            sys.exit(f"{EVERYTHING} cannot be built: {reply.body.decode()}")
    cloud.reset()
    others = [name for name, text in kept().items() if text != before.get(name, text)]
    if others:
        sys.exit(f"a reset leaves what was built in {', '.join(others)}: the clouds to come would have it")
    if threading.active_count() != 1:
        sys.exit(f"only one thread may be here when a cloud is forked: {threading.enumerate()}")


def live(connection: socket.socket) -> None:
    """What a fork does: a cloud, until the connection is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    random.seed()
    mock_random.seed(time.time_ns() ^ os.getpid())
    CLOCK.reset()
    front = server.Server(0)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    ready = json.dumps({"endpoint": front.endpoint} | dns_server.serve(front.cloud)) + "\n"
    connection.sendall(ready.encode())
    while connection.recv(4096):
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", type=Path, required=True, help="where it listens")
    parser.add_argument("--stage-seconds", type=float, default=0.3, help="how long each stage of a change lasts")
    options = parser.parse_args()
    CLOCK.stage_seconds = options.stage_seconds
    warm()
    gc.collect()
    gc.freeze()
    # Nobody waits for the forks: they are gone when they end.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(options.socket))
    listener.listen(128)
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ)
    waiting.register(sys.stdin.buffer, selectors.EVENT_READ)
    print(json.dumps({"ready": True}), flush=True)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is not listener:
                if os.read(sys.stdin.fileno(), 4096):
                    continue
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                code = 1
                try:
                    waiting.close()
                    listener.close()
                    os.close(sys.stdin.fileno())
                    live(connection)
                    code = 0
                finally:
                    os._exit(code)
            connection.close()


if __name__ == "__main__":
    main()
