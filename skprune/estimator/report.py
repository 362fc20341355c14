"""Dense beside pruned, and beside their teacher."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from html import escape
from statistics import fmean
from typing import Any


@dataclass(frozen=True)
class NetworkSummary:
    """One network in numbers.

    Attributes
    ----------
    score : float
        Accuracy, or R2, on the rows that ``PruningReport.evaluated_on`` names.
    loss : float
        Loss on the same rows, without the penalty.
    units : int
        Hidden units.
    features : int
        Input columns read.
    nonzeros : int
        Weights that are not zero, biases not counted.
    multiply_adds : int
        Multiplications to score one row.
    bytes : int
        Size of the weights and biases as they are stored.
    """

    score: float
    loss: float
    units: int
    features: int
    nonzeros: int
    multiply_adds: int
    bytes: int


@dataclass(frozen=True)
class TeacherSummary:
    """What a teacher's opinion is worth, asked as it was for the network to learn.

    Attributes
    ----------
    score, loss : float
        As those of a network, on the same rows.
    """

    score: float
    loss: float


@dataclass(frozen=True)
class PruningReport:
    """The dense network before pruning beside the compact one after.

    Attributes
    ----------
    dense, pruned : NetworkSummary
    sparsity : float
        Share of the prunable units removed.
    evaluated_on : {'validation', 'training'}
        Which rows the scores are from.
    layers : dict of str to float
        Share of its units that each layer keeps.
    near_floor : tuple of str
        Layers that could hardly lose another unit.
    warnings : tuple of str
        What a reader should know, such as outputs that are constant.
    teacher : TeacherSummary or None
        Of a fit with a teacher that is a model of its own.
    """

    dense: NetworkSummary
    pruned: NetworkSummary
    sparsity: float
    evaluated_on: str
    layers: dict[str, float] = field(default_factory=dict)
    near_floor: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    teacher: TeacherSummary | None = None

    def _head(self) -> tuple[str, ...]:
        taught = () if self.teacher is None else ("teacher",)
        return "", "dense", "pruned", "ratio", *taught

    def _rows(self) -> list[tuple[str, ...]]:
        def row(name: str) -> tuple[str, ...]:
            dense, pruned = getattr(self.dense, name), getattr(self.pruned, name)
            figures = name, _text(dense), _text(pruned), _ratio(dense, pruned)
            if self.teacher is None:
                return figures
            known = getattr(self.teacher, name, None)
            return *figures, "" if known is None else _text(known)

        return [row(f.name) for f in fields(NetworkSummary)]

    def __str__(self) -> str:
        rows = [self._head(), *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        return "\n".join([*lines, *self._notes()])

    def _notes(self) -> list[str]:
        notes = [f"{self.sparsity:.1%} of the units removed; {self.evaluated_on} rows"]
        if self.near_floor:
            notes.append("near the floor: " + ", ".join(self.near_floor))
        return [*notes, *self.warnings]

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in self._head())
        body = "".join(
            f"<tr><th>{escape(row[0])}</th>"
            + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self._rows()
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return f"<table><tr>{head}</tr>{body}</table>{notes}"

    def to_frame(self) -> Any:
        """Return the table as a DataFrame, a row a network.

        Returns
        -------
        frame : pandas.DataFrame
            With index ``dense``, ``pruned`` and, where there was one, ``teacher``,
            whose sizes are missing.
        """
        import pandas as pd

        rows = {"dense": asdict(self.dense), "pruned": asdict(self.pruned)}
        if self.teacher is not None:
            rows["teacher"] = asdict(self.teacher)
        return pd.DataFrame(list(rows.values()), index=list(rows))


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
        layers={
            name: fmean(report.layers[name] for report in reports)
            for name in first.layers
        },
        near_floor=_union(report.near_floor for report in reports),
        warnings=_union(report.warnings for report in reports),
        teacher=_joint_teacher([report.teacher for report in reports]),
    )


def _joint(networks: Sequence[NetworkSummary]) -> NetworkSummary:
    return NetworkSummary(
        **{
            f.name: JOINT.get(f.name, sum)([getattr(n, f.name) for n in networks])
            for f in fields(NetworkSummary)
        }
    )


def _joint_teacher(found: Sequence[TeacherSummary | None]) -> TeacherSummary | None:
    known = [teacher for teacher in found if teacher is not None]
    if not known:
        return None
    score, loss = (fmean(getattr(one, name) for one in known) for name in JUDGED)
    return TeacherSummary(score, loss)


def _union(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in found for name in names))


JUDGED = "score", "loss"
JOINT: dict[str, Any] = {**dict.fromkeys(JUDGED, fmean), "features": max}


def _text(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def _ratio(dense: float, pruned: float) -> str:
    return f"{pruned / dense:.3f}" if isinstance(dense, int) and dense else ""
