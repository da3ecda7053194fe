"""How an article is cited: `decree-330/17.2` as 办法第十七条第二款, Decree 330 Art. 17 ¶2."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gongxiang.errors import Language, Text

_DIGITS = "零一二三四五六七八九"


def numeral_of(number: int) -> str:
    """Return the Chinese numeral of 1 to 999, as article headings write it."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    return words + (_DIGITS[ones] if ones else "")


def cite(reference: str, language: Language = "zh", names: Mapping[str, Text] = MappingProxyType({})) -> str:
    """Return a reference (`17.2`, `instrument/17.2`) as people write it; what is no such reference stays as it is.

    `names` are what instruments are called in short, by id: the article of one that has a name is cited under it.
    """
    instrument, _, place = reference.rpartition("/")
    number, _, paragraph = place.partition(".")
    if not number.isdigit() or (paragraph and not paragraph.isdigit()):
        return reference
    name = names[instrument].of(language) if instrument in names else ""
    if language == "zh":
        return f"{name}第{numeral_of(int(number))}条" + (f"第{numeral_of(int(paragraph))}款" if paragraph else "")
    return (f"{name} " if name else "") + f"Art. {number}" + (f" ¶{paragraph}" if paragraph else "")
