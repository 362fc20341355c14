"""The pictures of a report."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skprune.inspection.evidence.comparison import MetricRow
from skprune.inspection.evidence.groups import GroupRow
from skprune.inspection.evidence.inputs import InputRow
from skprune.inspection.evidence.noise import NoiseRow
from skprune.inspection.evidence.svg import bars, dots, lines
from skprune.inspection.layers import LayerRow

if TYPE_CHECKING:
    from skprune.inspection.evidence.result import CalibrationRow

MOST_ROWS = 20
"""Of a picture."""

NAN = float("nan")


def differences(metrics: Sequence[MetricRow]) -> str:
    """Draw how much higher each score is than the dense network's."""

    def interval(row: MetricRow) -> tuple[float, float, float]:
        return row.to_dense.value, row.to_dense.low, row.to_dense.high

    # Errors of regression are in the units of the target: no axis fits them all.
    shown = [row for row in metrics if row.metric not in {"RMSE", "MAE", "mean error"}]
    rows = [(row.metric, {"pruned less dense": interval(row)}) for row in shown]
    return dots(rows, "pruned less dense", 0.0)


def reliability(rows: Sequence["CalibrationRow"]) -> str:
    """Draw what happened by the probability."""
    names = dict.fromkeys(row.model for row in rows)
    series = {
        name: [(r.probability, r.happened) for r in rows if r.model == name]
        for name in names
    }
    return lines(series, "mean probability", "share that happened", diagonal=True)


def segments(rows: Sequence[GroupRow]) -> str:
    """Draw the first score of each model in each segment."""
    if not rows:
        return ""
    shown = [(f"{row.name} ({row.n_rows:,})", _scores(row)) for row in rows[:MOST_ROWS]]
    return dots(shown, rows[0].metrics[0].metric, None)


def periods(rows: Sequence[GroupRow]) -> str:
    """Draw the first score of each model over the periods."""
    if not rows:
        return ""
    each = [_scores(row) for row in rows]
    series = {
        name: [(float(i), scores[name][0]) for i, scores in enumerate(each)]
        for name in each[0]
    }
    names = [row.name for row in rows]
    return lines(series, "period", rows[0].metrics[0].metric, x_names=names)


def noise(rows: Sequence[NoiseRow]) -> str:
    """Draw how many decisions flip, or how far predictions move, by the noise."""
    decides = any(row.flips is not None for row in rows)
    series: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        moved = row.mean_move if row.flips is None else row.flips
        series.setdefault(row.model, [(0.0, 0.0)]).append((row.level, moved))
    said = "share of decisions that flip" if decides else "mean move"
    return lines(series, "noise in standard deviations", said)


def importances(rows: Sequence[InputRow]) -> str:
    """Draw the importance of the columns that are read, the first of them."""
    shown = [(row.column, row.importance) for row in rows if row.read][:MOST_ROWS]
    return bars(shown, "importance") if shown else ""


def layers(rows: Sequence[LayerRow]) -> str:
    """Draw the sparsity of each layer."""
    return bars([(row.name, row.sparsity) for row in rows], "sparsity")


def _scores(row: GroupRow) -> dict[str, tuple[float, float, float]]:
    first = row.metrics[0]
    found = {"dense": first.dense, "pruned": first.pruned}
    if first.challenger is not None:
        found["challenger"] = first.challenger
    return {name: (value, NAN, NAN) for name, value in found.items()}
