"""Dense beside pruned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from html import escape
from statistics import fmean
from typing import Any


@dataclass(frozen=True)
class NetworkSummary:
    """One network in numbers.

    Attributes
    ----------
    scores : dict of str to float
        On the rows that ``PruningReport.evaluated_on`` names: accuracy, AUC (the mean
        over the classes, each against the rest) and Brier score, or R2.
    loss : float
        Loss on the same rows, without the penalty: log loss for classes.
    units : int
        Hidden neurons, or cells and neurons.
    features : int
        Input columns read.
    nonzeros : int
        Weights that are not zero, biases not counted.
    multiply_adds : int
        Multiplications to score one row.
    bytes : int
        Size of the weights and biases as they are stored.
    """

    scores: dict[str, float]
    loss: float
    units: int
    features: int
    nonzeros: int
    multiply_adds: int
    bytes: int

    @property
    def score(self) -> float:
        """Accuracy, or R2: what ``score`` of the estimator gives."""
        return next(iter(self.scores.values()))

    def figures(self) -> dict[str, float]:
        """Return all figures by the names that a table gives them."""
        loss = "log loss" if "AUC" in self.scores else "loss"
        sizes = {shown: getattr(self, name) for name, shown in SHOWN.items()}
        return {**self.scores, loss: self.loss, **sizes}

    def fields(self) -> dict[str, float]:
        """Return all figures by the names that the attributes have."""
        sizes = {name: getattr(self, name) for name in SHOWN}
        return {"score": self.score, **self.scores, "loss": self.loss, **sizes}


SHOWN = {
    "units": "hidden neurons",
    "features": "columns read",
    "nonzeros": "weights",
    "multiply_adds": "multiply-adds",
    "bytes": "bytes",
}
"""What a table calls the sizes of a network."""

REMOVED = {
    "weight": "weights",
    "unit": "hidden neurons",
    "feature": "input columns",
    "lag": "time steps",
}
"""What goes, by granularity."""


@dataclass(frozen=True)
class PruningReport:
    """The dense network before pruning beside the compact one after.

    Attributes
    ----------
    dense, pruned : NetworkSummary
    sparsity : float
        Share removed of what ``removed`` names.
    removed : str
        What goes: weights, hidden neurons, input columns or time steps.
    evaluated_on : {'validation', 'training'}
        Which rows the scores are from.
    loss_rise, loss_rise_error : float
        How much higher the pruned network's loss is on these rows, and the standard
        error of that, the rows being drawn at random.
    layers : dict of str to float
        Share of its units that each layer keeps.
    near_floor : tuple of str
        Layers that could hardly lose another unit.
    warnings : tuple of str
        What a reader should know, such as outputs that are constant.
    """

    dense: NetworkSummary
    pruned: NetworkSummary
    sparsity: float
    removed: str
    evaluated_on: str
    loss_rise: float
    loss_rise_error: float
    layers: dict[str, float] = field(default_factory=dict)
    near_floor: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_worse(self) -> bool:
        """Whether pruning made it worse by more than the standard error.

        Only rows that were set aside can tell.
        """
        judged = self.evaluated_on == "validation"
        return judged and self.loss_rise > self.loss_rise_error

    def _rows(self) -> list[tuple[str, str, str, str]]:
        before, after = self.dense.figures(), self.pruned.figures()
        return [
            (name, _text(dense), _text(after[name]), _ratio(dense, after[name]))
            for name, dense in before.items()
        ]

    def __str__(self) -> str:
        head = ("", "dense", "pruned", "ratio")
        rows = [head, *self._rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = [
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        return "\n".join([*lines, *self._notes()])

    def _notes(self) -> list[str]:
        notes = [
            f"{self.sparsity:.1%} of the {self.removed} removed; "
            f"{self.evaluated_on} rows"
        ]
        if self.near_floor:
            notes.append("near the floor: " + ", ".join(self.near_floor))
        return [*notes, *self.warnings]

    def _repr_html_(self) -> str:
        head = "<tr><th></th><th>dense</th><th>pruned</th><th>ratio</th></tr>"
        body = "".join(
            f"<tr><th>{escape(row[0])}</th>"
            + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self._rows()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return f"<table>{head}{body}</table>{notes}"

    def to_frame(self) -> Any:
        """Return the table as a DataFrame, a row a network.

        Returns
        -------
        frame : pandas.DataFrame with index ``dense`` and ``pruned``
        """
        import pandas as pd

        rows = [self.dense.fields(), self.pruned.fields()]
        return pd.DataFrame(rows, index=["dense", "pruned"])


def mean_report(reports: Sequence[PruningReport]) -> PruningReport:
    """Return one report of several networks whose predictions are averaged.

    Scores and losses are the mean of the networks' own, each on the rows that its
    own report names; sizes are those of all together, and ``features`` the most that
    one of them reads.
    """
    first = reports[0]
    return replace(
        first,
        dense=_joint([report.dense for report in reports]),
        pruned=_joint([report.pruned for report in reports]),
        sparsity=fmean(report.sparsity for report in reports),
        loss_rise=fmean(report.loss_rise for report in reports),
        loss_rise_error=fmean(report.loss_rise_error for report in reports),
        layers={
            name: fmean(report.layers[name] for report in reports)
            for name in first.layers
        },
        near_floor=_union(report.near_floor for report in reports),
        warnings=_union(report.warnings for report in reports),
    )


def _joint(networks: Sequence[NetworkSummary]) -> NetworkSummary:
    return NetworkSummary(
        **{
            f.name: JOINT.get(f.name, sum)([getattr(n, f.name) for n in networks])
            for f in fields(NetworkSummary)
        }
    )


def _union(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in found for name in names))


def _mean_scores(scores: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: fmean(each[name] for each in scores) for name in scores[0]}


JOINT: dict[str, Any] = {"scores": _mean_scores, "loss": fmean, "features": max}


def _text(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def _ratio(dense: float, pruned: float) -> str:
    return f"{pruned / dense:.3f}" if isinstance(dense, int) and dense else ""
