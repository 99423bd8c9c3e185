"""The regions of a field, and what conditions say of them."""

from personalize.rules.regions import (
    ANYTHING,
    YES_OR_NO,
    Domain,
    Gap,
    Sort,
    excludes,
    holds,
    implies,
    regions_of,
)

WHOLE = Domain(is_number=True, lowest=0, is_whole=True, may_miss=False)


def test_numbers_are_parted_at_those_that_are_named() -> None:
    found = regions_of(Domain(is_number=True), operands=[(">", 3), ("between", (5, 8))])
    gaps = [Gap(None, 3, False), Gap(3, 5, False), Gap(5, 8, False), Gap(8, None, False)]
    assert found == [None, 3, 5, 8, *gaps]


def test_between_neighbouring_whole_numbers_there_is_nothing() -> None:
    found = regions_of(WHOLE, operands=[(">", 3), ("<", 4), ("=", 6.5)])
    assert found == [0, 3, 4, Gap(0, 3, False), Gap(4, 6.5, False), Gap(6.5, None, False)]


def test_a_field_may_hold_only_some_values() -> None:
    assert regions_of(YES_OR_NO, operands=[("=", "x")]) == [True, False]


def test_of_an_unknown_field_everything_is_possible() -> None:
    found = regions_of(ANYTHING, operands=[("=", "a")])
    assert {None, True, False, "a", Sort.LIST, Sort.OTHER} <= set(found)
    assert Gap(None, "a", True) in found
    assert Gap(None, None, False) in found


def test_before_the_empty_text_there_is_none() -> None:
    assert Gap(None, "", True) not in regions_of(ANYTHING, operands=[("<", "")])


def test_a_gap_is_on_one_side_of_what_it_is_compared_with() -> None:
    gap = Gap(3, 5, False)
    asked = [(">", 3), (">", 5), ("<=", 5), ("<", 3), ("between", (3, 5)), ("between", (3, 4))]
    found = [next(holds(*each, regions=[gap])) for each in asked]
    assert found == [True, False, True, False, True, False]


def test_a_text_between_others_may_contain_a_word() -> None:
    regions = ["abc", Gap("a", "b", True), Gap(None, 3, False), Sort.LIST, Sort.OTHER, None]
    found = list(holds("contains", "b", regions=regions))
    assert found == [True, None, False, None, False, False]


def test_a_longer_beginning_implies_a_shorter_one_and_excludes_another() -> None:
    assert implies(("beginsWith", "abc"), ("beginsWith", "ab"))
    assert implies(("endsWith", "abc"), ("contains", "b"))
    assert not implies(("contains", "abc"), ("beginsWith", "a"))
    assert excludes(("endsWith", "a"), ("endsWith", "b"))
    assert not excludes(("endsWith", "ab"), ("endsWith", "b"))
