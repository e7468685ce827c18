#!/usr/bin/env python3
# A stand-in for kubectl: deployments are files; scaling takes two looks to be ready.
import json, os, sys
state = os.path.join(os.environ["HOME"], "cluster")
args, flags = [], {}
it = iter(sys.argv[1:])
for a in it:
    if a.startswith("--"):
        k, _, v = a[2:].partition("="); flags[k] = v
    elif a == "-o": next(it)
    else: args.append(a)
name = args[1].removeprefix("deployment/")
with open(os.path.join(os.environ["HOME"], "kubectl-calls"), "a") as log: log.write(json.dumps(sys.argv[1:]) + "\n")
path = os.path.join(state, flags["context"], flags["namespace"], name + ".json")
if "/" in name or not os.path.exists(path):
    print(f'Error from server (NotFound): deployments.apps "{name}" not found', file=sys.stderr); sys.exit(1)
doc = json.load(open(path))
if args[0] == "scale":
    doc["spec"]["replicas"] = int(flags["replicas"]); doc["metadata"]["generation"] += 1
else:
    if doc["status"]["observedGeneration"] < doc["metadata"]["generation"]: doc["status"]["observedGeneration"] = doc["metadata"]["generation"]
    else: doc["status"]["readyReplicas"] = doc["spec"]["replicas"]
json.dump(doc, open(path, "w"))
print(json.dumps(doc))
