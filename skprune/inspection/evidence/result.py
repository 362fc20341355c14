"""What a report holds, and how it leaves: as tables, as JSON, as a page."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skprune.inspection.evidence.comparison import Difference, MetricRow
from skprune.inspection.evidence.flips import Flips
from skprune.inspection.evidence.groups import GroupRow
from skprune.inspection.evidence.inputs import InputRow
from skprune.inspection.evidence.noise import NoiseRow
from skprune.inspection.evidence.sizes import SizeRow
from skprune.inspection.layers import LayerRow


@dataclass(frozen=True)
class CalibrationRow:
    """Rows of about one probability.

    Attributes
    ----------
    model : str
    probability : float
        Their mean.
    happened : float
        Share of them in which it has happened.
    n_rows : int
    """

    model: str
    probability: float
    happened: float
    n_rows: int


@dataclass(frozen=True)
class PruningEvidence:
    """A pruned network beside the dense one, as :func:`pruning_report` returns it.

    Parameters
    ----------
    title : str
        What is reported on.
    n_rows : int
        Rows judged by.
    target : float or None
        Share of ``positive``, or the mean target; None for several classes.
    positive : str or None
        The last of two classes, whose probability is the score.
    threshold : float or None
        Of the decisions between two classes.
    metrics : tuple of MetricRow
        Scores of the models, with intervals of the paired differences.
    calibration : tuple of CalibrationRow
        Probabilities beside what happened; empty for numbers.
    flips : Flips or None
        Decisions that pruning changes; None for numbers.
    segments : tuple of GroupRow
        The weakest first.
    periods : tuple of GroupRow
        In their order.
    drift : dict of str to float
        Population stability index of each model's scores beside the reference.
    noise : tuple of NoiseRow
        What small noise in the inputs changes.
    inputs : tuple of InputRow
        In the order of the columns.
    layers : tuple of LayerRow
        How sparse each is.
    sizes : tuple of SizeRow
        Latencies among them, in seconds.
    provenance : dict of str to dict of str to str
        Seeds, versions, hashes.
    notes : tuple of str
        What was left out, and why.

    See Also
    --------
    pruning_report : Makes it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.inspection import pruning_report
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = PrunedMLPClassifier((10,), early_stopping=True, random_state=0)
    >>> evidence = pruning_report(
    ...     clf.fit(X, y), X, y, X_train=X, y_train=y, n_seeds=0, n_bootstrap=0
    ... )
    >>> list(evidence.to_frame().columns)
    ['dense', 'pruned', 'difference', 'difference_low', 'difference_high']
    >>> list(evidence.to_frame("layers").columns[:2])
    ['n_outputs', 'n_inputs']
    """

    title: str
    n_rows: int
    target: float | None
    positive: str | None
    threshold: float | None
    metrics: tuple[MetricRow, ...]
    calibration: tuple[CalibrationRow, ...]
    flips: Flips | None
    segments: tuple[GroupRow, ...]
    periods: tuple[GroupRow, ...]
    drift: dict[str, float]
    noise: tuple[NoiseRow, ...]
    inputs: tuple[InputRow, ...]
    layers: tuple[LayerRow, ...]
    sizes: tuple[SizeRow, ...]
    provenance: dict[str, dict[str, str]]
    notes: tuple[str, ...]

    def to_frame(self, table: str = "metrics") -> Any:
        """Return one of the tables as a DataFrame.

        Parameters
        ----------
        table : {'metrics', 'calibration', 'flips', 'segments', 'periods', 'noise', \
                'inputs', 'layers', 'sizes'}, default='metrics'
            Which.

        Returns
        -------
        frame : pandas.DataFrame
            Of segments and periods a row for each group and score; of flips the rows
            that flip, by their labels in X.

        Raises
        ------
        ValueError
            If there is no such table.
        """
        import pandas as pd

        if table not in _TABLES:
            raise ValueError(f"table must be one of {list(_TABLES)}, got {table!r}.")
        index, rows = _TABLES[table]
        frame = pd.DataFrame(rows(self))
        return frame if frame.empty else frame.set_index(index)

    def to_json(self, path: Any = None) -> str:
        """Return all figures as JSON; what is undefined is null.

        Parameters
        ----------
        path : str or path-like, default=None
            A file to write too.

        Returns
        -------
        text : str
            All that the report holds.
        """
        text = json.dumps(_plain(asdict(self)), indent=1, allow_nan=False)
        return _written(text, path)

    def to_html(self, path: Any = None) -> str:
        """Return the report as one page that needs nothing else.

        Tables, and pictures as vector graphics; it loads nothing, runs nothing, and
        prints on paper.

        Parameters
        ----------
        path : str or path-like, default=None
            A file to write too.

        Returns
        -------
        page : str
            A whole document.
        """
        from skprune.inspection.evidence.page import page

        return _written(page(self), path)

    def _repr_html_(self) -> str:
        from skprune.inspection.evidence.page import metrics_table

        return metrics_table(self.metrics)

    def __str__(self) -> str:
        lines = [self.title]
        lines += [_line(row, "dense", row.dense, row.to_dense) for row in self.metrics]
        lines += [
            _line(row, "challenger", row.challenger, row.to_challenger)
            for row in self.metrics
            if row.challenger is not None and row.to_challenger is not None
        ]
        if self.flips is not None:
            lines.append(f"decisions flipped  {self.flips.share:.2%}")
        return "\n".join(lines)


def _line(row: MetricRow, name: str, other: float, apart: Difference) -> str:
    """Return a score of another model beside the pruned network's."""
    return (
        f"{row.metric:18} {name} {other:8.4f}  pruned {row.pruned:8.4f}  "
        f"difference {apart.value:+.4f} [{apart.low:+.4f}, {apart.high:+.4f}]"
    )


def _written(text: str, path: Any) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _differences(name: str, found: Difference | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _metric_record(row: MetricRow) -> dict[str, Any]:
    champion = {} if row.challenger is None else {"challenger": row.challenger}
    return {
        "metric": row.metric,
        "dense": row.dense,
        "pruned": row.pruned,
        **champion,
        **_differences("difference", row.to_dense),
        **_differences("to_challenger", row.to_challenger),
    }


def _group_records(rows: tuple[GroupRow, ...]) -> list[dict[str, Any]]:
    return [
        {
            "group": row.name,
            **_metric_record(one),
            "n_rows": row.n_rows,
            "target": row.target,
            "flips": row.flips,
            "stability": row.stability,
        }
        for row in rows
        for one in row.metrics
    ]


def _flip_records(evidence: PruningEvidence) -> list[dict[str, Any]]:
    return [] if evidence.flips is None else [asdict(r) for r in evidence.flips.rows]


Records = Callable[[PruningEvidence], list[dict[str, Any]]]

_TABLES: dict[str, tuple[Any, Records]] = {
    "metrics": ("metric", lambda e: [_metric_record(row) for row in e.metrics]),
    "calibration": ("model", lambda e: [asdict(row) for row in e.calibration]),
    "flips": ("label", _flip_records),
    "segments": (["group", "metric"], lambda e: _group_records(e.segments)),
    "periods": (["group", "metric"], lambda e: _group_records(e.periods)),
    "noise": (["model", "level"], lambda e: [asdict(row) for row in e.noise]),
    "inputs": ("column", lambda e: [asdict(row) for row in e.inputs]),
    "layers": (
        "name",
        lambda e: [{**asdict(row), "sparsity": row.sparsity} for row in e.layers],
    ),
    "sizes": (
        "name",
        lambda e: [{**asdict(row), "ratio": row.ratio} for row in e.sizes],
    ),
}
"""By the name of a table its index, and what makes its rows."""
