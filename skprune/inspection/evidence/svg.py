"""Small charts as SVG text: dots with intervals, lines, and bars.

Written by hand, as a page has to hold them, needs no library to be opened, and is read
on paper: text stays text, and marks and dashes tell models apart without colour.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

from skprune.inspection.palette import GUIDE, PALETTE

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 640, 190, 36, 30, 44
ROW = 26
"""Pixels: of a chart, of its margins, and of a line of a chart by rows."""

LONGEST = 26
"""Characters of a label; longer ones are cut short."""

SVG_DASHES = ("", "6 3", "2 2", "8 3 2 3", "1 3", "10 4")

Interval = tuple[float, float, float]
"""A value and the ends of its interval, which may be NaN."""

Points = Sequence[tuple[float, float]]


class Scale:
    """A linear axis from values to pixels, on round ticks.

    Parameters
    ----------
    values : sequence of float
        To be covered; those that are not finite are left out.
    begin, end : float
        Pixels of the lowest and the highest value.
    """

    def __init__(self, values: Sequence[float], begin: float, end: float):
        known = [value for value in values if isfinite(value)] or [0.0, 1.0]
        low, high = min(known), max(known)
        if low == high:
            low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
        self.step = _round_step((high - low) / 6)
        self.first = floor(low / self.step + 1e-9)
        self.last = ceil(high / self.step - 1e-9)
        self.begin, self.end = begin, end

    def __call__(self, value: float) -> float:
        low, high = self.first * self.step, self.last * self.step
        return self.begin + (value - low) / (high - low) * (self.end - self.begin)

    @property
    def ticks(self) -> list[float]:
        """Round values from end to end."""
        return [i * self.step for i in range(self.first, self.last + 1)]

    def text(self, value: float) -> str:
        """Return a tick as text, with as many decimals as tell ticks apart."""
        return f"{value:.{max(0, -floor(log10(self.step) + 1e-9))}f}"


def dots(
    rows: Sequence[tuple[str, Mapping[str, Interval]]],
    x_label: str,
    guide: float | None,
) -> str:
    """Return a chart of a row for each label, with a dot for each series.

    Parameters
    ----------
    rows : sequence of (label, {series: interval})
    guide : float or None
        Where a vertical line stands, such as at 0.
    """
    found = [v for _, each in rows for one in each.values() for v in one]
    scale = Scale([*found, *([] if guide is None else [guide])], LEFT, WIDTH - RIGHT)
    height = TOP + ROW * len(rows) + BOTTOM
    names = list(dict.fromkeys(name for _, each in rows for name in each))
    parts = [*_x_axis(scale, height, x_label), *_legend(names)]
    if guide is not None:
        parts.append(_line(scale(guide), TOP, scale(guide), height - BOTTOM, GUIDE))
    for i, (label, each) in enumerate(rows):
        middle = TOP + ROW * (i + 0.5)
        parts.append(_row_label(label, middle))
        for name, (value, low, high) in each.items():
            k = names.index(name)
            y = middle + 5 * (k - (len(names) - 1) / 2)
            if isfinite(low) and isfinite(high):
                parts.append(_line(scale(low), y, scale(high), y, PALETTE[k]))
            if isfinite(value):
                parts.append(_mark(scale(value), y, k))
    return _svg(height, x_label, parts)


def lines(
    series: Mapping[str, Points],
    x_label: str,
    y_label: str,
    *,
    x_names: Sequence[str] | None = None,
    diagonal: bool = False,
) -> str:
    """Return a chart of a line for each series.

    Parameters
    ----------
    x_names : sequence of str, default=None
        What stands at x = 0, 1, ...; at most twelve of them are written.
    diagonal : bool, default=False
        Whether to draw where both axes are equal.
    """
    height, left = 300, 70
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    if diagonal:
        xs = ys = [*xs, *ys]
    across, up = Scale(xs, left, WIDTH - RIGHT), Scale(ys, height - BOTTOM, TOP)
    parts = _legend(list(series))
    if x_names is None:
        parts += _x_axis(across, height, x_label)
    else:
        every = ceil(len(x_names) / 12)
        parts += [
            _text(across(i), height - 26, _short(name, 12), "middle")
            for i, name in enumerate(x_names)
            if i % every == 0
        ]
        parts.append(_text((left + WIDTH) / 2, height - 6, x_label, "middle"))
    for tick in up.ticks:
        parts.append(_line(left, up(tick), WIDTH - RIGHT, up(tick), "#e4e4e4"))
        parts.append(_text(left - 6, up(tick) + 4, up.text(tick), "end"))
    parts.append(_text(left, TOP - 8, y_label, "start"))
    if diagonal:
        low, high = across.ticks[0], across.ticks[-1]
        parts.append(_line(across(low), up(low), across(high), up(high), GUIDE))
    for k, points in enumerate(series.values()):
        at = [(across(x), up(y)) for x, y in points if isfinite(x) and isfinite(y)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{PALETTE[k]}" '
            f'stroke-width="1.8" stroke-dasharray="{SVG_DASHES[k]}"/>'
        )
        parts += [_mark(x, y, k) for x, y in at]
    return _svg(height, f"{y_label} by {x_label}", parts)


def bars(rows: Sequence[tuple[str, float]], x_label: str) -> str:
    """Return a chart of a bar for each label, from 0."""
    scale = Scale([0.0, *(value for _, value in rows)], LEFT, WIDTH - RIGHT)
    height = TOP + ROW * len(rows) + BOTTOM
    parts = _x_axis(scale, height, x_label)
    for i, (label, value) in enumerate(rows):
        middle = TOP + ROW * (i + 0.5)
        parts.append(_row_label(label, middle))
        if isfinite(value):
            left, right = sorted((scale(0.0), scale(value)))
            parts.append(
                f'<rect x="{left:.1f}" y="{middle - 8:.1f}" height="16" '
                f'width="{right - left:.1f}" fill="{PALETTE[0]}"/>'
            )
    return _svg(height, x_label, parts)


def _round_step(step: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least ``step``."""
    power = 10.0 ** floor(log10(step))
    return next(f * power for f in (1, 2, 5, 10) if f * power >= step * (1 - 1e-9))


def _x_axis(scale: Scale, height: int, label: str) -> list[str]:
    parts = []
    for tick in scale.ticks:
        x = scale(tick)
        parts.append(_line(x, TOP, x, height - BOTTOM, "#e4e4e4"))
        parts.append(_text(x, height - 26, scale.text(tick), "middle"))
    middle = (scale.begin + scale.end) / 2
    return [*parts, _text(middle, height - 6, label, "middle")]


def _legend(names: Sequence[str]) -> list[str]:
    if len(names) < 2:
        return []
    parts = []
    for k, name in enumerate(names):
        x = WIDTH - RIGHT - 110 * (len(names) - k) + 10
        parts += [_mark(x, 10, k), _text(x + 9, 14, _short(name, 14), "start")]
    return parts


def _mark(x: float, y: float, k: int) -> str:
    """Return the mark of the k-th series: a circle, square, triangle or diamond."""
    color = f'fill="{PALETTE[k]}"'
    if k % 4 == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" {color}/>'
    corners = {
        1: ((-3.4, -3.4), (3.4, -3.4), (3.4, 3.4), (-3.4, 3.4)),
        2: ((0, -4.4), (4.2, 3.4), (-4.2, 3.4)),
        3: ((0, -4.6), (4.6, 0), (0, 4.6), (-4.6, 0)),
    }[k % 4]
    path = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{path}" {color}/>'


def _line(x1: float, y1: float, x2: float, y2: float, color: str) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{color}" stroke-width="1.4"/>'
    )


def _row_label(label: str, middle: float) -> str:
    return _text(LEFT - 8, middle + 4, _short(label, LONGEST), "end")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _svg(height: int, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
