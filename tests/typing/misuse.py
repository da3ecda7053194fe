"""Wrong uses. Every line that ends in `# refused: code` is refused with that code, and no other line is."""

from datetime import UTC, date, datetime

import gongxiang
from gongxiang import calendars
from gongxiang.errors import Reason, Text
from gongxiang.workflow.engine import Engine
from gongxiang.workflow.vocabulary import Department, Kind

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def acts(engine: Engine) -> None:
    engine.fire("R-1", "refuse", by="sy-mps")  # refused: call-arg
    engine.fire("R-1", "refuse", by="sy-mps", at="2026-03-02")  # refused: arg-type
    engine.fire("R-1", "refuse", by="sy-mps", at=NOW, version=3)  # refused: call-arg
    engine.fire("R-1", "refuse", "sy-mps", NOW)  # refused: call-arg
    engine.open("share_request", by="sy-hrss", at=NOW)  # refused: call-arg
    engine.sweep()  # refused: call-arg
    engine.sweep(now=date(2026, 3, 2))  # refused: arg-type
    print(engine.fire("R-1", "refuse", by="sy-mps", at=NOW).state)  # refused: attr-defined
    engine.case("R-1").state = "granted"  # refused: misc
    engine.history(1)  # refused: arg-type
    Department("sy-mps", "沈阳市公安局", "210100", "town", Kind.GOVERNMENT)  # refused: arg-type


def opening() -> None:
    gongxiang.open_engine(1)  # refused: arg-type
    gongxiang.open_engine("sqlite://", clock=NOW)  # refused: arg-type
    gongxiang.open_database("sqlite://")  # refused: attr-defined


def days(edition: calendars.Edition) -> None:
    edition.add("2026-02-13", 5)  # refused: arg-type
    edition.due(NOW, 5).date = date(2026, 3, 9)  # refused: misc
    calendars.Counting(cut_off="noon")  # refused: arg-type


def reasons() -> None:
    Reason("code", "a sentence")  # refused: arg-type
    Text("一句话")  # refused: call-arg
