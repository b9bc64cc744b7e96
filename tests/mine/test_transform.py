"""Other ways to look at a sequence."""

from __future__ import annotations

from aimo_pipeline.domain import Sequence
from aimo_pipeline.formula import Formula, Multiplicative, Periodic, Polynomial, Prefixed
from aimo_pipeline.mine.definition import terms_of
from aimo_pipeline.mine.transform import View, views

TERMS = (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5)
EVEN = tuple(2 * term for term in TERMS)


def named(sequence: Sequence) -> dict[str, View]:
    return {view.name: view for view in views(sequence)}


def literally(part: Sequence) -> Formula:
    """A rule that gives the terms as they are."""
    size = len(part.terms)
    return Prefixed(part.first_index, part.terms, Periodic(part.first_index + size, (0,)))


class TestViews:
    """Rules of the parts, put together again, give the sequence."""

    def test_the_list_is_short_and_stated(self) -> None:
        assert list(named(Sequence(0, TERMS))) == ["differences", "summands", "sums", "2 parts", "3 parts"]

    def test_every_view_gives_the_sequence_back(self) -> None:
        for name, view in named(Sequence(4, EVEN)).items():
            if name != "summands":
                rule = view.rebuild(tuple(literally(part) for part in view.parts))
                assert rule.first_index == 4
                assert terms_of(rule, len(EVEN)) == EVEN

    def test_sums_of_a_function_that_knows_its_index(self) -> None:
        sums = (1, 4, 8, 15, 21, 33)  # of sigma(1), sigma(2), ...
        view = named(Sequence(1, sums))["summands"]
        assert view.parts == (Sequence(1, (1, 3, 4, 7, 6, 12)),)
        assert terms_of(view.rebuild((Multiplicative(1, 1, "sigma", (1,)),)), 6) == sums

    def test_terms_with_a_common_divisor_are_a_multiple(self) -> None:
        assert [part.terms for part in named(Sequence(3, (6, -9, 0)))["multiple"].parts] == [(2, -3, 0)]
        assert "multiple" not in named(Sequence(0, (0, 0, 0)))

    def test_a_sum_that_begins_at_zero(self) -> None:
        view = named(Sequence(0, (5, 6, 9, 13)))["summands"]
        rule = Prefixed(0, (5,), Multiplicative(1, 1, "sigma", (1,)))
        assert terms_of(view.rebuild((rule,)), 4) == (5, 6, 9, 13)

    def test_parts_of_unequal_length(self) -> None:
        view = named(Sequence(7, (0, 10, 20, 1, 11, 21, 2)))["3 parts"]
        assert [part.terms for part in view.parts] == [(0, 1, 2), (10, 11), (20, 21)]
        rule = view.rebuild(tuple(Polynomial(0, (ten, 1)) for ten in (0, 10, 20)))
        assert terms_of(rule, 7) == (0, 10, 20, 1, 11, 21, 2)

    def test_too_short_a_sequence_has_none(self) -> None:
        assert views(Sequence(0, (1,))) == ()
