"""Builds a plan's application in a running test cloud: `seed.py PLAN.toml [--endpoint URL]`."""

from __future__ import annotations

import argparse
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--endpoint", default=os.environ.get("AWS_ENDPOINT_URL"), help="by default $AWS_ENDPOINT_URL")
    options = parser.parse_args()
    if not options.endpoint:
        parser.error("--endpoint or AWS_ENDPOINT_URL must name the test cloud")
    request = urllib.request.Request(
        f"{options.endpoint}/_cloud/seed",
        data=options.plan.read_bytes(),
        headers={"content-type": "application/toml"},
    )
    try:
        with urllib.request.urlopen(request) as reply:
            print(reply.read().decode())
    except urllib.error.HTTPError as error:
        print(error.read().decode(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
