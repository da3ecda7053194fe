"""The one place that asks what time it is. Everything else is told."""

from __future__ import annotations

from datetime import datetime

from gongxiang.calendars import BEIJING


def now() -> datetime:
    """Return this moment, Beijing time (+08:00)."""
    return datetime.now(BEIJING)
