"""Seals and proofs on the command line."""

from __future__ import annotations

import json

import pytest
import raw
from commanding import run
from rich.cells import cell_len

SEALS = ("audit", "seals")


@pytest.fixture
def sealed(world: str) -> str:
    assert run("audit", "seal", "--json", database=world).code == 0
    return world


def kept(database: str) -> str:
    """Return what the command said to keep outside: its last line."""
    return run("audit", "seal", database=database).out.splitlines()[-1].strip()


def test_seals_and_proofs_have_the_documented_keys(sealed: str) -> None:
    seal = run("audit", "seal", "--json", database=sealed).document
    listed = run(*SEALS, "--json", database=sealed).document["seals"]
    proof = run("audit", "prove", "R-1", "--json", database=sealed).document
    growth = run("audit", "consistency", "3", "--json", database=sealed).document

    assert set(seal) == {"number", "sealed_at", "size", "root", "appended"}
    assert (seal["number"], seal["appended"]) == (1, 0)
    assert [set(one) for one in listed] == [set(seal)]
    assert listed[0] == {**seal, "appended": seal["size"]}
    assert set(proof) == {"case", "seq", "hash", "place", "path", "seal", "later"}
    assert set(growth) == {"size", "root", "path", "seal"}
    assert proof["seal"] == growth["seal"] == {name: seal[name] for name in ("number", "sealed_at", "size", "root")}


def test_the_line_to_keep_is_what_verification_takes(sealed: str) -> None:
    line = kept(sealed)
    size, _, root = line.partition(":")

    good = run("audit", "verify", "--seal", line, "--seal", line, "--json", database=sealed)
    bad = run("audit", "verify", "--seal", f"{size}:{'0' * 64}", "--json", database=sealed)

    assert (good.code, good.document["seal"]["root"], good.document["seal"]["unsealed"]) == (0, root, 0)
    assert bad.code == 1
    assert [one["code"] for one in bad.document["findings"]] == ["seal_noted"]


@pytest.mark.parametrize(("language", "said"), [("zh", "个事件尚未封存"), ("en", "events are not sealed yet")])
def test_verification_says_what_no_seal_covers(world: str, language: str, said: str) -> None:
    before = run("--lang", language, "audit", "verify", database=world).out
    run("audit", "seal", database=world)
    after = run("--lang", language, "audit", "verify", database=world).out

    assert said in before
    assert said not in after


def test_nothing_new_is_said_so_and_adds_no_seal(sealed: str) -> None:
    assert "没有新的事件" in run("audit", "seal", database=sealed).out
    assert len(run(*SEALS, "--json", database=sealed).document["seals"]) == 1


def test_a_ledger_never_sealed_says_so(world: str) -> None:
    assert "从未封存" in run(*SEALS, database=world).out
    for words in (("audit", "prove", "R-1"), ("audit", "consistency", "1")):
        answer = run(*words, "--json", database=world)
        assert (answer.code, answer.complaint["reasons"][0]["code"]) == (1, "not_sealed")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("prove", "R-77"), "unknown_case"),
        (("prove", "R-1", "--seal", "9"), "no_such_seal"),
        (("prove", "R-1", "--seal", "999999999999999999"), "no_such_seal"),
        (("consistency", "999999999999999999"), "no_such_size"),
        (("consistency", "0"), "no_such_size"),
        (("consistency", "many"), "bad_number"),
        (("verify", "--seal", "12"), "bad_seal"),
        (("verify", "--seal", f"x:{'0' * 64}"), "bad_seal"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_refused_with_its_code(words: tuple[str, ...], code: str, sealed: str) -> None:
    answer = run("audit", *words, "--json", database=sealed)

    assert answer.code in (1, 2)
    assert answer.complaint["reasons"][0]["code"] == code


def test_a_spoiled_seal_is_refused_and_verification_finds_it(sealed: str) -> None:
    with raw.unguarded(sealed):
        raw.tell(sealed, "UPDATE gongxiang_seal SET root = replace(root, substr(root, 1, 1), 'x')")
        raw.tell(sealed, "DELETE FROM gongxiang_leaf WHERE place = 2")

    for words in (("seal",), ("prove", "R-1")):
        answer = run("audit", *words, "--json", database=sealed)
        assert (answer.code, answer.complaint["reasons"][0]["code"]) == (1, "damaged_seal")
    found = run("audit", "verify", "--json", database=sealed)
    assert found.code == 1
    assert {one["code"] for one in found.document["findings"]} == {"leaf_missing", "leaf_place", "seal_differs"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "words", [("seal",), ("seals",), ("prove", "X-1"), ("consistency", "3"), ("verify",)], ids=" ".join
)
def test_a_screen_fits_80_cells_and_speaks_one_language(words: tuple[str, ...], language: str, sealed: str) -> None:
    shown = run("--lang", language, "audit", *words, database=sealed).out

    assert [line for line in shown.splitlines() if cell_len(line) > 80] == []
    assert language == "zh" or shown.isascii() or shown.replace("✓", "").isascii()


def test_a_proof_can_be_handed_on_as_a_file(sealed: str) -> None:
    proof = run("audit", "prove", "X-1", "--json", database=sealed)

    assert json.loads(proof.out)["case"] == "X-1"
    assert all(len(bytes.fromhex(one)) == 32 for one in json.loads(proof.out)["path"])
