"""Ways drawn in braille, and the figures and gaps of a curve."""

import pytest

from pp_tui.widgets.curve import round_marks, runs
from pp_tui.widgets.way import BOTH, END, START, drawn

# The way


def test_a_way_is_drawn_north_up_and_in_its_shape() -> None:
    square = [(0.0, 0.0), (0.0, 0.001), (0.001, 0.001), (0.001, 0.0)]
    # Eight lines of four dots are as high as sixteen characters of two dots are wide: it fits exactly.
    lines = drawn(square, 16, 8)
    assert [len(line) for line in lines] == [16] * 8
    assert (lines[7][0], lines[0][0]) == (START, END)
    assert lines[0][1:] == "⠉" * 14 + "⢹"
    assert {line[15] for line in lines[1:7]} == {"⢸"}
    assert lines[7][1:] == "⣀" * 14 + "⣸"
    assert all(line[:15].strip() == "" for line in lines[1:7])


def test_what_is_not_shown_of_a_way_is_not_joined() -> None:
    whole = drawn([(0.0, 0.0), (0.0, 0.001), (0.0, 0.002), (0.0, 0.003)], 20, 1)[0]
    cut = drawn([(0.0, 0.0), (0.0, 0.001), None, (0.0, 0.002), (0.0, 0.003)], 20, 1)[0]
    assert " " not in whole
    assert cut[8:12].strip() == ""
    assert (cut[0], cut[-1]) == (START, END)


@pytest.mark.parametrize("places", [[], [None], [(1.0, 36.0)], [(1.0, 36.0), (1.0, 36.0)], [(1.0, 36.0), (1.5, 36.0)]])
@pytest.mark.parametrize(("width", "height"), [(0, 0), (1, 1), (30, 6)])
def test_any_way_fits_any_room(places: list[tuple[float, float] | None], width: int, height: int) -> None:
    lines = drawn(places, width, height)
    assert len(lines) in (0, height)
    assert not lines or BOTH in "".join(lines) or END in "".join(lines)
    assert {len(line) for line in lines} <= {width}


# The chart


@pytest.mark.parametrize(
    ("first", "last", "most", "marks"),
    [
        (0, 5300, 4, [0, 2000, 4000]), (1658, 1702, 4, [1660, 1680, 1700]), (6.3, 12.1, 3, [8, 10, 12]), (0, 0, 4, [0]),
        (0.0, 0.3, 3, [0, 0.1, 0.2]), (-20, 20, 4, [-20, -10, 0, 10]),
    ],
)  # fmt: skip
def test_figures_at_an_axis_are_round(first: float, last: float, most: int, marks: list[float]) -> None:
    assert round_marks(first, last, most) == pytest.approx(marks)


def test_a_gap_parts_a_curve() -> None:
    points = [(0.0, None), (1.0, 5.0), (2.0, 6.0), (3.0, None), (4.0, 7.0)]
    assert list(runs(points)) == [[(1.0, 5.0), (2.0, 6.0)], [(4.0, 7.0)]]
    assert list(runs([])) == []
