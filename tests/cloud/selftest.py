"""Proves the test cloud's behaviour from outside, as a client sees it. Run with the venv's python; every module, or those named.

Each module has a cloud of its own, and most of their time is waiting for stages: several run beside each other.
"""

from __future__ import annotations

import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE / "selftests"
AT_ONCE = 3


def main() -> int:
    if len(sys.argv) == 3 and sys.argv[1] == "--here":
        return run_here(sys.argv[2])
    names = sys.argv[1:] or sorted(path.stem for path in TESTS.glob("test_*.py"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        codes = list(pool.map(run_apart, names))
    failed = [name for name, code in zip(names, codes) if code]
    print(f"{len(names)} modules, failed: {', '.join(failed) or 'none'}")
    return 1 if failed or not names else 0


def run_apart(name: str) -> int:
    command = [sys.executable, __file__, "--here", name]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"== {name}\n{ended.stdout}", flush=True)
    return ended.returncode


def run_here(name: str) -> int:
    sys.path.insert(0, str(TESTS))
    import support

    with support.running_cloud():
        suite = unittest.defaultTestLoader.loadTestsFromName(name)
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
