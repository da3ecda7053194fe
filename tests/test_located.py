from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongxiang.errors import FaultyData, FaultyNotice
from gongxiang.located import Located, Steps, load, parse

WRITTEN = '''\
# a comment with [[a.table]] in it
title = "one [not a table] # nor a comment"
long = """
[[notice]]
key = "inside a string"
"""
dates = [
  "2026-01-01",  # first ]
  "2026-01-02", { name = "x", deep = { "a b".c = 1 } },
]

[[notice]]
id = "a"
  [[notice.holiday]]
  name = "first"
  [[notice.holiday]]
  name = "second"
[[notice]]
id = 'b'
  [[notice.holiday]]
  name = "third"
  [notice.holiday.extra]
  here = true
[a."b.c".d]
x.y = 1979-05-27 07:32:00
'''

KNOWN: list[tuple[Steps, int]] = [
    (("title",), 2),
    (("long",), 3),
    (("dates",), 7),
    (("dates", 0), 8),
    (("dates", 1), 9),
    (("dates", 2, "name"), 9),
    (("dates", 2, "deep", "a b", "c"), 9),
    (("notice",), 12),
    (("notice", 0), 12),
    (("notice", 0, "id"), 13),
    (("notice", 0, "holiday", 0, "name"), 15),
    (("notice", 0, "holiday", 1), 16),
    (("notice", 1), 18),
    (("notice", 1, "holiday", 0, "name"), 21),
    (("notice", 1, "holiday", 0, "extra", "here"), 23),
    (("a", "b.c", "d"), 24),
    (("a", "b.c", "d", "x", "y"), 25),
]


@pytest.mark.parametrize(("steps", "line"), KNOWN)
def test_every_table_key_and_element_knows_its_line(steps: Steps, line: int) -> None:
    assert line == parse(WRITTEN, "x.toml").line(*steps)


def test_what_is_not_written_has_the_line_of_what_encloses_it() -> None:
    located = parse(WRITTEN, "x.toml")

    assert located.line("notice", 0, "id", "nothing") == 13
    assert located.line("notice", 1, "number") == 18
    assert located.line("nothing") == 1


def test_a_file_with_windows_line_ends_and_a_byte_order_mark_has_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbf" + WRITTEN.replace("\n", "\r\n").encode())

    assert [(steps, load(path).line(*steps)) for steps, _ in KNOWN] == KNOWN


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"a = 1\nb = = 2\n", 2),
        (b"a = 1\n\n[t\n", 3),
        (b'a = """\nnever closed\n', 3),
        (b"a = 1\nb = '\xff'\n", 2),
        (b"a = " + b"[" * 5000, 0),
    ],
)
def test_what_is_not_toml_is_one_finding_with_its_line_and_the_mend(tmp_path: Path, raw: bytes, line: int) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(raw)

    with pytest.raises(FaultyNotice) as refused:
        load(path, FaultyNotice)

    (finding,) = refused.value.findings
    assert (str(path), line) == (finding.path, finding.line)
    assert finding.mend.zh
    assert finding.mend.en


def test_a_missing_file_is_a_finding_about_the_whole_file(tmp_path: Path) -> None:
    with pytest.raises(FaultyData) as refused:
        load(tmp_path / "none.toml", name="none.toml")

    assert [(f.path, f.line) for f in refused.value.findings] == [("none.toml", 0)]


def paths_of(value: Any, steps: Steps = ()) -> list[Steps]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [(*steps, key) for key, _ in inner] + [p for key, item in inner for p in paths_of(item, (*steps, key))]


VALUES = st.recursive(
    st.sampled_from(["1", "true", "1.5", '"a#]}"', "'[[x]]'", '"""\n]\n""""', "'''\n'a'\n'''", "2026-01-01", '"\\""']),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[\n" + " , # ]\n".join(items) + "\n]"),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.sampled_from(["", "[t]\n", "[[u]]\n", "[[u.v]]\n"]), VALUES), max_size=8))
def test_every_value_that_toml_reads_has_a_line_inside_the_text(parts: list[tuple[str, str]]) -> None:
    text, table_seen = "[[u]]\n", False
    for number, (header, value) in enumerate(parts):
        text += "" if header == "[t]\n" and table_seen else header
        table_seen = table_seen or header == "[t]\n"
        text += f"k{number} = {value}\n"

    located: Located = parse(text, "x.toml")

    lines = text.split("\n")
    for steps in paths_of(located.data):
        assert steps in located.lines
        if isinstance(steps[-1], str) and steps[-1].startswith("k"):
            assert lines[located.line(*steps) - 1].startswith(f"{steps[-1]} =")
