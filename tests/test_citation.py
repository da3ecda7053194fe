"""An article is cited under the name of its instrument, where that has one."""

from __future__ import annotations

import pytest

from gongxiang.citation import cite
from gongxiang.errors import Text

NAMES = {"decree-330": Text("办法", "Decree 330"), "order-809": Text("条例", "Order 809")}


@pytest.mark.parametrize(
    ("reference", "zh", "en"),
    [
        ("order-809/21.1", "条例第二十一条第一款", "Order 809 Art. 21 ¶1"),
        ("decree-330/28", "办法第二十八条", "Decree 330 Art. 28"),
        ("made-up/100.2", "第一百条第二款", "Art. 100 ¶2"),
        ("17.2", "第十七条第二款", "Art. 17 ¶2"),
        ("order-809/annex", "order-809/annex", "order-809/annex"),
    ],
)
def test_an_article_is_cited_under_the_short_name_of_its_instrument(reference: str, zh: str, en: str) -> None:
    assert cite(reference, "zh", NAMES) == zh
    assert cite(reference, "en", NAMES) == en


def test_where_no_name_is_known_the_article_stands_alone() -> None:
    assert cite("order-809/21.1") == "第二十一条第一款"
    assert cite("order-809/21.1", "en") == "Art. 21 ¶1"
