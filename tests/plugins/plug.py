#!/usr/bin/env python3
"""A plug-in for tests: keeps its state in files beside it, writes down every message, and behaves as `behave` says."""

import json, os, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
STREAM = sys.argv[1] == "many"
PROTOCOL = 2 if sys.argv[1] == "later" else 1
ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202e"


def step(action, **more):
    return {"action": action, "acts": True, "undo": "reversible", "expected_seconds": 1, "timeout_seconds": 20, **more}


KIND = {
    "kind": "thing",
    "about": "a thing",
    "fields": [
        {"name": "behave", "takes": "text", "required": True, "about": "how"},
        {"name": "from", "takes": "text", "about": "what another gives"},
        {"name": "key", "takes": "secret", "about": "a password"},
    ],
    "outputs": ["endpoint"],
    "lag": True,
    "steps": {intent: [step("raise", title="raise {name}")] for intent in ("failover", "switchover", "failback")},
    "rules": [{"code": "thing-fit", "wanted": "a thing that is fit", "weight": "weakens"}],
    "simulate": {"raise": {"seconds": [1, 3], "passes": ["rising"], "outputs": {"endpoint": "sim.example.com"}}},
}
if sys.argv[1] == "blind":
    # A store that nothing tells the lag of.
    KIND["lag"] = False
    for steps in KIND["steps"].values():
        steps[0].update(role="promotion", gates=["loss"])
HELLO = {"protocol": PROTOCOL, "name": "plug", "version": "1.2.3", "stream": STREAM, "kinds": [KIND]}


def note(what):
    with open(os.path.join(HERE, "calls"), "a") as log:
        log.write(json.dumps(what) + "\n")


def state(name):
    return os.path.join(HERE, f"state-{name}")


def answer(ask):
    verb, behave, name = ask["verb"], "good", ""
    if "component" in ask:
        name, behave = ask["component"]["name"], ask["component"]["fields"].get("behave", "good")
    note({"verb": verb, "name": name, "token": ask.get("token"), "read_only": ask["read_only"], "env": sorted(os.environ),
          "before": ask.get("before"), "from": ask.get("component", {}).get("fields", {}).get("from"),
          "key": ask.get("component", {}).get("fields", {}).get("key"), "asked": ask.get("asked"), "undo": ask.get("undo")})
    told, done = {"id": ask["id"]}, os.path.exists(state(name))
    sys.stderr.write(f"{ESCAPE} {verb} {name}\n")
    sys.stderr.flush()
    if verb in ("watch", "check"):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        told["health"] = [{"component": one["name"], "level": "up", "note": ESCAPE} for one in ask["components"]]
        told["lag"] = [{"component": one["name"], "seconds": 1.5, "sampled_at": at} for one in ask["components"]]
        told["findings"] = [{"component": one["name"], "code": "thing-fit", "level": "ok", "found": "fit"} for one in ask["components"]]
        return told
    if verb in ("act", "undo"):
        if behave == "hangs":
            time.sleep(60)
        if behave == "slow":
            time.sleep(2)
        if behave == "refuses":
            return {**told, "reply": "refused", "code": "No", "message": "no such thing " + ESCAPE}
        if behave != "lies":
            (open(state(name), "w").close() if verb == "act" else os.remove(state(name)))
        if behave == "dies":
            os._exit(3)
        if behave == "other-id":
            told["id"] = "another"
        if behave == "odd":
            return {**told, "reply": "surely"}
        return {**told, "reply": "taken", "receipt": {"id": "r-1"},
                "calls": [{"operation": "thing.Raise" + ESCAPE, "mutation": True, "request_id": "q1", "latency_ms": 3}]}
    if behave == "floods":
        try:
            while True:
                os.write(1, b"x" * 65536)
        except OSError:
            os._exit(1)
    if behave == "huge":
        return {**told, "verdict": "holds", "note": "x" * (3 << 19)}
    if behave == "bytes":
        os.write(1, b'{"verdict":"holds","note":"\xff\xfe"}\n')
        os._exit(0)
    if behave == "forks":
        subprocess.Popen(["sleep", "20"])
    if behave == "proofless":
        return {**told, "verdict": "holds", "note": " "}
    if behave == "writes":
        return {**told, "verdict": "holds", "note": "seen", "calls": [{"operation": "thing.Put", "mutation": True}]}
    if behave == "word":
        return {**told, "verdict": "fine", "note": "all fine"}
    wanted = not ask.get("undo")
    told["before"] = {"done": done, "words": ESCAPE}
    if done == wanted:
        return {**told, "verdict": "holds", "note": "it stands" + ESCAPE, "outputs": {"endpoint": "thing.example.com" + ESCAPE}}
    return {**told, "verdict": "untouched", "note": "not there"}


if sys.argv[-1] == "hello":
    sys.stdin.read()
    note({"verb": "hello", "env": sorted(os.environ)})
    print(json.dumps(HELLO))
elif sys.argv[-1] == "stream":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
else:
    print(json.dumps(answer(json.load(sys.stdin))), flush=True)
