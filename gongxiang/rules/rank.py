"""How instruments rank: 立法法 (2023) Arts. 99, 100 and 102. The superior one is the floor, the others stand on it.

Article 102 lets departmental rules and the rules of local governments stand side by side; none of the former is here.
"""

from __future__ import annotations

from dataclasses import dataclass

from gongxiang.errors import Text


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """One rank: its place from the top (0), its name in data and its name in law."""

    order: int
    id: str
    title: Text


_IN_ORDER = {
    "law": Text("法律", "law"),
    "administrative_regulation": Text("行政法规", "administrative regulation"),
    "provincial_regulation": Text("省级地方性法规", "provincial regulation"),
    "city_regulation": Text("设区的市地方性法规", "city regulation"),
    "provincial_rule": Text("省级地方政府规章", "provincial government rule"),
    "city_rule": Text("设区的市地方政府规章", "city government rule"),
}
RANKS = {name: Rank(order, name, title) for order, (name, title) in enumerate(_IN_ORDER.items())}
"""Every rank by its name, the superior first."""
