"""Plots as SVG."""

from personalize.admin.plots import (
    BOTTOM,
    HEIGHT,
    MOST_LINES,
    TOP,
    WIDTH,
    Lines,
    Plot,
    Point,
    sparkline,
)


def plot(*values):
    return Plot(
        "Events", "Events", "Hour", [Point(str(i), v) for i, v in enumerate(values)], "None"
    )


def test_the_highest_bar_fills_the_plot_and_zero_has_no_height():
    low, high = plot(0, 10).bars

    assert (low.height, high.height) == (0, HEIGHT - BOTTOM - TOP)


def test_all_bars_lie_inside_the_plot():
    for bar in plot(*range(50)).bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT


def test_nothing_to_see_is_said_and_does_not_divide_by_zero():
    assert plot().is_empty
    assert plot(0, 0).is_empty
    assert plot(0, 0).bars[0].height == 0


def test_the_axis_has_few_labels_however_many_bars():
    assert len(plot(*range(48)).ticks) == 6


def test_a_sparkline_names_its_latest_value_for_those_who_cannot_see_it():
    assert 'aria-label="Visitors; latest: 3"' in sparkline([1, 2, 3], label="Visitors")


def test_a_sparkline_of_one_or_no_value_is_drawn_too():
    assert "<svg" in sparkline([], label="x")
    assert "<svg" in sparkline([1], label="x")


def lines(*series):
    labels = [str(index) for index in range(len(series[0]) if series else 0)]
    named = [(f"v{index}", each) for index, each in enumerate(series)]
    return Lines("Served", "Day", labels, named, "None")


def test_lines_share_one_scale():
    low, high = lines([0, 5], [0, 10]).lines
    middle = TOP + (HEIGHT - BOTTOM - TOP) / 2

    assert low.points == f"60.0,{HEIGHT - BOTTOM}.0 {WIDTH}.0,{middle:.1f}"
    assert high.points.endswith(f"{WIDTH}.0,{TOP}.0")


def test_the_table_has_more_series_than_an_eye_can_tell_apart():
    plot = lines(*([number] for number in range(MOST_LINES + 3)))

    assert len(plot.lines) == MOST_LINES
    assert plot.rows == [("0", list(range(MOST_LINES + 3)))]
    assert len({line.pattern for line in plot.lines}) == MOST_LINES


def test_lines_of_nothing_say_so():
    assert lines().is_empty
    assert lines([0, 0]).is_empty
    assert not lines([0, 1]).is_empty
