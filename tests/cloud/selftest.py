"""Proves the test cloud's behaviour from outside, as a client sees it. Run with the venv's python."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    sys.path.insert(0, str(HERE / "selftests"))
    import support

    with support.running_cloud():
        suite = unittest.defaultTestLoader.discover(str(HERE / "selftests"))
        result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 1 if failed or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
