"""Durations of the staged states, and what is due to happen when.

Nothing happens behind a caller's back: what is due happens at the start of the next request, in the order it was
due, as if it had happened on time. So a state seen in one reply cannot change before the next request.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Action = Callable[[], None]

# No stage is shorter and no hold looked at more often, so that what goes on by itself does not go on for ever at once.
SHORTEST = 0.01


def never() -> bool:
    """The default of `Clock.in_turn`'s hold: nothing holds the stages up."""
    return False


class Clock:
    """Times are seconds of the monotonic clock, durations seconds."""

    def __init__(self, stage_seconds: float) -> None:
        self.stage_seconds = stage_seconds
        self.reset()

    def reset(self) -> None:
        """Forgets all that is due and all durations but the default one."""
        self.durations: dict[str, float] = {"default": self.stage_seconds}
        self._due: list[tuple[float, int, object, Action]] = []
        self._order = itertools.count()
        self._firing_at: float | None = None
        self._instantly = False

    def duration(self, stage: str) -> float:
        """That of the stage, else of the longest dotted prefix that has one, else the default."""
        if self._instantly:
            return 0.0
        name = stage
        while name:
            if name in self.durations:
                return max(SHORTEST, self.durations[name])
            name = name.rpartition(".")[0]
        return max(SHORTEST, self.durations["default"])

    def wall(self) -> float:
        """When what happens now was due, in seconds since the epoch; now, where nothing is due."""
        late = 0.0 if self._firing_at is None else time.monotonic() - self._firing_at
        return time.time() - late

    def after(self, stage: str, action: Action, owner: object = None, times: float = 1.0) -> None:
        """Does `action` when the stage (or `times` as long) has passed, unless `cancel(owner)` comes first."""
        self._after_seconds(self.duration(stage) * times, action, owner)

    def _after_seconds(self, seconds: float, action: Action, owner: object) -> None:
        start = time.monotonic() if self._firing_at is None else self._firing_at
        heapq.heappush(self._due, (start + seconds, next(self._order), owner, action))

    def in_turn(self, owner: object, steps: list[tuple[str, Action]], hold: Callable[[], bool] = never) -> None:
        """Lets each step's stage pass, then does its action; while `hold()` the step in turn waits on."""
        if not steps:
            return
        (stage, action), rest = steps[0], steps[1:]

        def pass_on() -> None:
            if hold():
                self._after_seconds(SHORTEST, pass_on, owner)
                return
            action()
            self.in_turn(owner, rest, hold)

        self.after(stage, pass_on, owner)

    def cancel(self, owner: object) -> None:
        self._due = [entry for entry in self._due if entry[2] is not owner]
        heapq.heapify(self._due)

    def advance(self) -> None:
        """Does everything that is due by now."""
        while self._due and self._due[0][0] <= time.monotonic():
            self._firing_at, _, _, action = heapq.heappop(self._due)
            try:
                action()
            finally:
                self._firing_at = None

    @contextmanager
    def instantly(self) -> Iterator[None]:
        """Stages begun inside take no time and are over on leaving (for seeding)."""
        self._instantly = True
        try:
            yield
            self.advance()
        finally:
            self._instantly = False


CLOCK = Clock(stage_seconds=0.3)
