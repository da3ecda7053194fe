"""The Merkle log is that of RFC 6962: its roots and proofs are the published ones."""

from __future__ import annotations

import hashlib

import pytest

from gongxiang.workflow import merkle
from gongxiang.workflow.merkle import Log, leaf
from gongxiang.workflow.verify.seals import Roots

# From the tests of Certificate Transparency's reference implementation (certificate-transparency/python/ct/crypto,
# transparency-dev/merkle/testonly): eight leaves, the root of the first n, and proofs.
LEAVES = [
    leaf(bytes.fromhex(data))
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
COMPLETE = merkle.over(LEAVES)


def test_the_root_after_each_leaf_is_the_published_one() -> None:
    log = Log()
    roots = [log.root().hex()]
    for one in LEAVES:
        log.append(one)
        roots.append(log.root().hex())

    assert tuple(roots) == ROOTS


def test_the_verifiers_own_reckoning_gives_the_published_roots_too() -> None:
    log = Roots()
    roots = [log.root]
    for one in LEAVES:
        log.take(one)
        roots.append(log.root)

    assert tuple(roots) == ROOTS


@pytest.mark.parametrize(("place", "size"), INCLUSION)
def test_a_proof_that_a_leaf_is_there_is_the_published_one(place: int, size: int) -> None:
    path = merkle.inclusion(place, size, COMPLETE)

    assert tuple(one.hex() for one in path) == INCLUSION[place, size]


@pytest.mark.parametrize(("before", "size"), CONSISTENCY)
def test_a_proof_that_the_log_only_grew_is_the_published_one(before: int, size: int) -> None:
    path = merkle.consistency(before, size, COMPLETE)

    assert tuple(one.hex() for one in path) == CONSISTENCY[before, size]


@pytest.mark.parametrize(("place", "size"), INCLUSION)
def test_the_published_proof_of_a_leaf_holds(place: int, size: int) -> None:
    path = [bytes.fromhex(one) for one in INCLUSION[place, size]]

    assert merkle.includes(bytes.fromhex(ROOTS[size]), size, place, LEAVES[place], path)


@pytest.mark.parametrize(("before", "size"), CONSISTENCY)
def test_the_published_proof_of_growth_holds(before: int, size: int) -> None:
    path = [bytes.fromhex(one) for one in CONSISTENCY[before, size]]

    assert merkle.extends(before, bytes.fromhex(ROOTS[before]), size, bytes.fromhex(ROOTS[size]), path)


def test_a_log_goes_on_from_its_peaks_alone() -> None:
    begun = Log()
    for one in LEAVES[:5]:
        begun.append(one)

    log = Log(5, begun.peaks)
    for one in LEAVES[5:]:
        log.append(one)

    assert log.root().hex() == ROOTS[8]


def test_a_log_of_five_leaves_has_two_peaks_and_not_three() -> None:
    with pytest.raises(ValueError, match="2 peaks, not 3"):
        Log(5, LEAVES[:3])


def test_the_content_of_a_leaf_is_its_tag_and_the_parts_behind_their_lengths() -> None:
    assert merkle.content("甲", 12, "ab") == (
        b"gongxiang/leaf/1"
        b"\x00\x00\x00\x00\x00\x00\x00\x03\xe7\x94\xb2"
        b"\x00\x00\x00\x00\x00\x00\x00\x0212"
        b"\x00\x00\x00\x00\x00\x00\x00\x02ab"
    )


def test_no_case_can_borrow_from_its_number() -> None:
    assert merkle.content("R-1", 23, "ab") != merkle.content("R-12", 3, "ab")


def test_a_node_is_no_leaf() -> None:
    node = merkle.node(LEAVES[0], LEAVES[1])

    assert node.hex() == ROOTS[2]
    assert node != leaf(LEAVES[0] + LEAVES[1])
    assert node == hashlib.sha256(b"\x01" + LEAVES[0] + LEAVES[1]).digest()


@pytest.mark.parametrize(("place", "size"), [(8, 8), (-1, 8), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(place: int, size: int) -> None:
    with pytest.raises(ValueError, match="no place"):
        merkle.inclusion(place, size, COMPLETE)
    assert not merkle.includes(bytes.fromhex(ROOTS[size]), size, place, LEAVES[0], [])


@pytest.mark.parametrize(("before", "size"), [(0, 8), (9, 8)])
def test_there_is_no_proof_that_a_log_grew_from_nothing_or_shrank(before: int, size: int) -> None:
    with pytest.raises(ValueError, match="no log of"):
        merkle.consistency(before, size, COMPLETE)
    assert not merkle.extends(before, bytes.fromhex(ROOTS[min(before, 8)]), size, bytes.fromhex(ROOTS[size]), [])
