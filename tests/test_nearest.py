from __future__ import annotations

from gongxiang.nearest import did_you_mean, nearest


def test_the_nearest_known_word_is_named_and_none_where_none_is_near() -> None:
    assert nearest("workday", ["workdays", "holiday"]) == "workdays"
    assert nearest("zzz", ["workdays", "holiday"]) is None


def test_a_near_word_is_offered_in_both_languages_and_nothing_where_none_is_near() -> None:
    offered = did_you_mean("workday", ["workdays", "holiday"])

    assert offered == ("，是否应为“workdays”？", "; did you mean 'workdays'?")
    assert did_you_mean("zzz", ["workdays", "holiday"]) == ("", "")
