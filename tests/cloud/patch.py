"""Puts a truer method in place of one of moto's, or adds one moto lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def replaces(owner: type, name: str | None = None) -> Callable[[Method], Method]:
    """The decorated function becomes `owner`'s method of that name, by default its own."""

    def put(method: Method) -> Method:
        setattr(owner, name or method.__name__, method)
        return method

    return put
