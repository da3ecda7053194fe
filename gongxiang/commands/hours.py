"""When and where a worker works: hours of the day and an address to answer at, as options take them."""

from __future__ import annotations

from datetime import time
from typing import Any

import click

from gongxiang.commands.values import wrong

NEVER = "none"
LOOPBACK = "127.0.0.1"


class Hours(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """Hours of the day, Beijing time; "none" for never."""

    name = "HH:MM,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[time, ...]:  # noqa: ARG002
        """Return the hours, in order."""
        if isinstance(value, tuple):
            return value
        if value.strip() == NEVER:
            return ()
        return tuple(sorted({_hour(word.strip()) for word in value.split(",")}))


class Hour(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """An hour of the day, Beijing time; "none" for never."""

    name = "HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[time, ...]:  # noqa: ARG002
        """Return the hour, alone, or nothing."""
        if isinstance(value, tuple):
            return value
        return () if value.strip() == NEVER else (_hour(value.strip()),)


def _hour(word: str) -> time:
    hour, colon, minute = word.partition(":")
    written = colon and all(one.isascii() and one.isdigit() and len(one) == 2 for one in (hour, minute))
    if written and int(hour) < 24 and int(minute) < 60:
        return time(int(hour), int(minute))
    raise wrong(
        "bad_hour",
        f"“{word}”不是时刻",
        f"'{word}' is not an hour of the day",
        f"如 08:30,13:30；不需要则写 {NEVER}",
        f"such as 08:30,13:30; {NEVER} for never",
    )


class Address(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """Where to listen: a port on this machine alone, or HOST:PORT."""

    name = "[HOST:]PORT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:  # noqa: ARG002
        """Return host and port."""
        if isinstance(value, tuple):
            return value
        host, _, port = value.rpartition(":")
        if not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 65_536):
            raise wrong(
                "bad_address",
                f"“{value}”不是监听地址",
                f"'{value}' is no address to listen on",
                "如 8080、127.0.0.1:8080 或 [::1]:8080",
                "such as 8080, 127.0.0.1:8080 or [::1]:8080",
            )
        return host.removeprefix("[").removesuffix("]") or LOOPBACK, int(port)
