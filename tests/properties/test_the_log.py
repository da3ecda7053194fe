"""The Merkle log: however it was sealed its root is the same, its proofs hold, and no byte of either can be changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from roots import root_by_definition

from gongxiang.workflow import merkle
from gongxiang.workflow.merkle import Log
from gongxiang.workflow.verify import Finding
from gongxiang.workflow.verify.log import Kept
from gongxiang.workflow.verify.log import Log as Verified

HASHES = st.binary(min_size=32, max_size=32)
LEAVES = st.lists(HASHES, min_size=1, max_size=40)
MOMENT = datetime(2026, 3, 2, tzinfo=UTC)


def rooted(leaves: list[bytes]) -> bytes:
    log = Log()
    for one in leaves:
        log.append(one)
    return log.root()


@given(leaves=LEAVES)
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert rooted(leaves) == root_by_definition(leaves)


@given(leaves=LEAVES, seals=st.lists(st.integers(0, 40)))
def test_the_root_does_not_depend_on_how_the_leaves_were_split_over_seals(
    leaves: list[bytes], seals: list[int]
) -> None:
    log, begun = Log(), 0
    for end in sorted({min(one, len(leaves)) for one in (*seals, len(leaves))}):
        log = Log(log.size, log.peaks)
        for one in leaves[begun:end]:
            log.append(one)
        begun = end

    assert log.root() == root_by_definition(leaves)


@st.composite
def places(draw: st.DrawFn) -> tuple[list[bytes], int, int]:
    leaves = draw(LEAVES)
    size = draw(st.integers(1, len(leaves)))
    return leaves, size, draw(st.integers(0, size - 1))


@given(where=places(), change=st.tuples(st.integers(0, 2**20), st.integers(1, 255)))
def test_a_leaf_is_proved_and_no_byte_of_the_proof_can_be_changed(
    where: tuple[list[bytes], int, int], change: tuple[int, int]
) -> None:
    leaves, size, place = where
    root, path = root_by_definition(leaves[:size]), merkle.inclusion(place, size, merkle.over(leaves))

    assert merkle.includes(root, size, place, leaves[place], path)
    root_, leaf_, *path_ = altered([root, leaves[place], *path], change)
    assert not merkle.includes(root_, size, place, leaf_, path_)


@given(where=places(), other=st.integers(0, 40))
def test_a_leaf_is_not_proved_at_another_place_nor_by_a_longer_or_a_shorter_path(
    where: tuple[list[bytes], int, int], other: int
) -> None:
    leaves, size, place = where
    root, path = root_by_definition(leaves[:size]), merkle.inclusion(place, size, merkle.over(leaves))

    assert other == place or not merkle.includes(root, size, other, leaves[place], path)
    assert not merkle.includes(root, size, place, leaves[place], [*path, root])
    assert not path or not merkle.includes(root, size, place, leaves[place], path[:-1])


@given(where=places(), change=st.tuples(st.integers(0, 2**20), st.integers(1, 255)))
def test_growth_is_proved_and_no_byte_of_the_proof_can_be_changed(
    where: tuple[list[bytes], int, int], change: tuple[int, int]
) -> None:
    leaves, size, place = where
    before = place + 1
    roots = [root_by_definition(leaves[:before]), root_by_definition(leaves[:size])]
    path = merkle.consistency(before, size, merkle.over(leaves))

    assert merkle.extends(before, roots[0], size, roots[1], path)
    old, new, *path_ = altered([*roots, *path], change)
    assert not merkle.extends(before, old, size, new, path_)
    assert not merkle.extends(before, roots[0], size, roots[1], [*path, roots[0]])


@given(leaves=LEAVES, other=LEAVES)
def test_no_proof_of_growth_leads_from_one_log_to_another(leaves: list[bytes], other: list[bytes]) -> None:
    size = len(other)
    before = min(len(leaves), size)
    if leaves[:before] == other[:before]:
        return
    path = merkle.consistency(before, size, merkle.over(other))

    assert not merkle.extends(before, root_by_definition(leaves[:before]), size, root_by_definition(other), path)


def altered(parts: list[bytes], change: tuple[int, int]) -> list[bytes]:
    """Return the parts with one byte changed."""
    place, by = change
    whole = bytearray(b"".join(parts))
    whole[place % len(whole)] ^= by
    return [bytes(whole[start : start + 32]) for start in range(0, len(whole), 32)]


# The ledger and its log, in whatever way they are changed

Entry = tuple[str, int, str]


@dataclass(frozen=True)
class Sealed:
    """A ledger with its log, as the database has them, and what was kept outside."""

    events: tuple[Entry, ...]
    leaves: tuple[tuple[int, str, int, str], ...]
    waiting: tuple[Entry, ...]
    seals: tuple[tuple[int, datetime, int, str, str], ...]
    noted: tuple[int, str]

    def findings(self) -> list[Finding]:
        log = Verified()
        for _ in log.passing({"case": case, "seq": seq, "hash": hash_} for case, seq, hash_ in self.events):
            pass
        kept = Kept(*((lambda rows=rows: rows) for rows in (self.events, self.leaves, self.waiting, self.seals)))
        return log.compare(kept, [self.noted])[1]

    def sealed_anew(self) -> Sealed:
        """The same with places, roots and peaks made to fit again, but for what was kept outside."""
        log, seals = Log(), []
        leaves = tuple((place, *leaf[1:]) for place, leaf in enumerate(self.leaves))
        for number, moment, size, _, _ in self.seals:
            for _, case, seq, hash_ in leaves[log.size : size]:
                log.append(merkle.leaf(merkle.content(case, seq, hash_)))
            seals.append((number, moment, log.size, log.root().hex(), " ".join(one.hex() for one in log.peaks)))
        return replace(self, leaves=leaves, seals=tuple(seals))


@st.composite
def sealed(draw: st.DrawFn) -> Sealed:
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    events = [
        (f"R-{case}", seq + 1, f"{case:032x}{seq:032x}") for case, length in enumerate(lengths) for seq in range(length)
    ]
    order = draw(st.permutations(events))
    ends = sorted(draw(st.sets(st.integers(1, len(events)), min_size=1, max_size=4)))
    leaves = tuple((place, *entry) for place, entry in enumerate(order[: ends[-1]]))
    seals = tuple((number, MOMENT, size, "", "") for number, size in enumerate(ends, start=1))
    whole = Sealed(tuple(events), leaves, tuple(order[ends[-1] :]), seals, (0, "")).sealed_anew()
    size, root = draw(st.sampled_from([(size, root) for _, _, size, root, _ in whole.seals]))
    return replace(whole, noted=(size, root))


@given(whole=sealed())
def test_a_sealed_ledger_that_nobody_touched_is_in_order(whole: Sealed) -> None:
    assert whole.findings() == []


@given(whole=sealed(), data=st.data())
def test_an_event_changed_or_removed_is_found(whole: Sealed, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole.events) - 1))
    case, seq, hash_ = whole.events[place]
    by = data.draw(
        st.sampled_from([(), ((case, seq, hash_[::-1] + "0"),), (("R-99", seq, hash_),), ((case, seq + 9, hash_),)])
    )
    events = (*whole.events[:place], *by, *whole.events[place + 1 :])

    assert replace(whole, events=events).findings()


@given(whole=sealed(), data=st.data())
def test_a_leaf_changed_removed_moved_or_doubled_is_found(whole: Sealed, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole.leaves) - 1))
    other = data.draw(st.integers(0, len(whole.leaves) - 1))
    at, case, seq, hash_ = whole.leaves[place]
    swapped = list(whole.leaves)
    swapped[place], swapped[other] = (place, *whole.leaves[other][1:]), (other, case, seq, hash_)
    changed = [
        (*whole.leaves[:place], *by, *whole.leaves[place + 1 :])
        for by in (
            (),
            ((at, case, seq, hash_),) * 2,
            ((at + 1, case, seq, hash_),),
            ((at, case + "0", seq, hash_),),
            ((at, case, seq + 1, hash_),),
            ((at, case, seq, hash_[:-1] + "x"),),
        )
    ]
    if place != other:
        changed.append(tuple(swapped))

    for leaves in changed:
        assert replace(whole, leaves=leaves).findings()


@given(whole=sealed(), data=st.data())
def test_a_seal_changed_or_removed_is_found(whole: Sealed, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole.seals) - 1))
    number, moment, size, root, peaks = whole.seals[place]
    for by in (
        (),
        ((number + 1, moment, size, root, peaks),),
        ((number, None, size, root, peaks),),
        ((number, moment, size + 1, root, peaks),),
        ((number, moment, size, root[::-1] + "0", peaks),),
        ((number, moment, size, root, peaks + " " + root),),
    ):
        assert replace(whole, seals=(*whole.seals[:place], *by, *whole.seals[place + 1 :])).findings()


@given(whole=sealed(), data=st.data())
def test_what_waits_to_be_sealed_cannot_be_forgotten_or_made_up(whole: Sealed, data: st.DataObject) -> None:
    made_up = data.draw(st.sampled_from([*whole.events, ("R-99", 1, "0" * 64)]))

    assert replace(whole, waiting=(*whole.waiting, made_up)).findings()
    for place in range(len(whole.waiting)):
        assert replace(whole, waiting=whole.waiting[:place] + whole.waiting[place + 1 :]).findings()


@given(whole=sealed(), data=st.data())
def test_whoever_makes_everything_fit_again_is_found_by_the_seal_that_was_kept_outside(
    whole: Sealed, data: st.DataObject
) -> None:
    size, _ = whole.noted
    place = data.draw(st.integers(0, size - 1))
    at, case, seq, hash_ = whole.leaves[place]
    by = data.draw(st.sampled_from([(), ((at, case, seq, hash_[:-1] + "x"),)]))
    events = tuple(new[1:] for new in by) + tuple(one for one in whole.events if one[:2] != (case, seq))
    forged = replace(whole, events=events, leaves=(*whole.leaves[:place], *by, *whole.leaves[place + 1 :]))
    forged = forged.sealed_anew()
    # Two seals of one size would give it away; whoever forges leaves one out.
    sizes = [one[2] for one in forged.seals]
    kept = [one for number, one in enumerate(forged.seals) if one[2] and one[2] not in sizes[:number]]
    forged = replace(forged, seals=tuple((number, *one[1:]) for number, one in enumerate(kept, start=1)))

    assert [finding.code for finding in forged.findings()] == ["seal_noted"]
