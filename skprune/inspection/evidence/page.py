"""The report as one page of HTML that loads nothing and runs nothing."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import isnan
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from skprune.inspection.evidence import pictures
from skprune.inspection.evidence.comparison import Difference, MetricRow
from skprune.inspection.evidence.flips import Flips
from skprune.inspection.evidence.groups import FEW_ROWS, GroupRow
from skprune.inspection.evidence.sizes import UNIT, SizeRow

if TYPE_CHECKING:
    from skprune.inspection.evidence.result import PruningEvidence

MOST_ROWS, MOST_FLIPS, LONGEST = 50, 25, 80
"""Rows of a long table, rows that flip, and characters of a cell that a page shows."""

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 58rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
h3 { font-size: .95rem; margin: 1rem 0 0; }
table { border-collapse: collapse; margin: .6rem 0; font-size: .85rem; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: right;
  white-space: nowrap; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child, .hash td { text-align: left; white-space: normal;
  overflow-wrap: anywhere; min-width: 7em; }
thead th { white-space: normal; }
thead th { border-bottom: 2px solid #888; }
.worse { color: #A34700; font-weight: bold; } .better { color: #00664B; }
.hash { font-family: monospace; font-size: .75rem; }
svg { width: 100%; max-width: 640px; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: #333; }
.note { color: #555; font-size: .85rem; } .wide { overflow-x: auto; }
@media print {
  @page { margin: 15mm; }
  body { max-width: none; margin: 0; font-size: 10pt; }
  .wide { overflow: visible; } th, td { padding: .2rem .4rem; }
  svg, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
}
"""

Section = Callable[["PruningEvidence"], str]


def page(evidence: "PruningEvidence") -> str:
    """Return the whole page."""
    body = "".join(section(evidence) for section in SECTIONS)
    title = escape(evidence.title)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        # Nothing that a name may hold can load or run anything.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>"
        f"<body><h1>{title}</h1>{body}</body></html>\n"
    )


def metrics_table(metrics: Sequence[MetricRow]) -> str:
    """Return the scores of the models as a table."""
    champion = metrics[0].challenger is not None
    head = ["", "dense", "pruned", "difference", "95 % interval"]
    head += (
        ["challenger", "pruned less challenger", "95 % interval"] if champion else []
    )
    rows = []
    for row in metrics:
        cells = [row.metric, row.dense, row.pruned, *_apart(row.to_dense, row.verdict)]
        if row.to_challenger is not None:
            cells += [
                row.challenger,
                *_apart(row.to_challenger, row.verdict_to_challenger),
            ]
        rows.append(cells)
    return _table(head, rows)


def _summary(e: "PruningEvidence") -> str:
    first, worse = e.metrics[0], [m.metric for m in e.metrics if m.verdict == "worse"]
    said = [
        f"{first.metric} is {_text(first.pruned)} pruned and {_text(first.dense)} dense"
        f", on {e.n_rows:,} rows."
    ]
    said.append(
        "By more than chance worse than the dense network: " + ", ".join(worse) + "."
        if worse
        else "No score is worse than the dense network's by more than chance."
    )
    said += _challenged(e.metrics)
    if e.flips is not None:
        said.append(f"{e.flips.share:.2%} of the decisions flip{_beside(e.flips)}.")
    if e.positive is not None:
        said.append(
            f"The score is the probability of {e.positive}, which {e.target:.2%} of "
            f"the rows are; it is decided for above {e.threshold:g}."
        )
    found = "".join(f"<p>{escape(one)}</p>" for one in said)
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in e.notes)
    return found + notes


def _challenged(metrics: Sequence[MetricRow]) -> list[str]:
    """Return what there is to say of the challenger, if there is one."""
    first = metrics[0]
    if first.to_challenger is None:
        return []
    value, interval = _apart(first.to_challenger, "")
    said = [
        f"{first.metric} of the challenger is {_text(first.challenger)}: pruned less "
        f"challenger {value[0]} {interval}."
    ]
    for verdict in ("better", "worse"):
        names = [m.metric for m in metrics if m.verdict_to_challenger == verdict]
        if names:
            found = ", ".join(names)
            said.append(f"By more than chance {verdict} than the challenger: {found}.")
    if len(said) == 1:
        said.append("No score is apart from the challenger's by more than chance.")
    return [" ".join(said)]


def _beside(flips: Flips) -> str:
    if not flips.seeds_dense:
        return ""
    return f", {fmean(flips.seeds_dense):.2%} between dense networks of two seeds"


def _scores(e: "PruningEvidence") -> str:
    return _section(
        "Scores",
        metrics_table(e.metrics),
        pictures.differences(e.metrics),
        _note(
            "Pruned less dense, with 95 % bootstrap intervals over rows drawn for both "
            "alike. In bold what is worse by more than chance."
        ),
    )


def _calibration(e: "PruningEvidence") -> str:
    if not e.calibration:
        return ""
    return _section(
        "Calibration",
        pictures.reliability(e.calibration),
        _note("Each point is a tenth of the rows, by the model's own probability."),
    )


def _decisions(e: "PruningEvidence") -> str:
    if e.flips is None:
        return ""
    flips = e.flips
    seeds = [("dense", flips.seeds_dense), ("pruned", flips.seeds_pruned)]
    rows: list[list[Any]] = [
        ["from dense to pruned", _share(flips.share), _share(flips.share), 1],
        *(
            [f"between {name} networks of two seeds"]
            + [_share(fmean(s)), _share(max(s)), len(s)]
            for name, s in seeds
            if s
        ),
    ]
    shown = flips.rows[:MOST_FLIPS]
    head = ["row", "true", "dense", "pruned", "dense score", "pruned score"]
    each = [
        [r.label, r.target, r.dense, r.pruned, r.dense_score, r.pruned_score]
        for r in shown
    ]
    return _section(
        "Decisions that flip",
        _table(["", "share, mean", "largest", "pairs"], rows),
        _note(
            f"{flips.corrected:.2%} of all rows were decided wrongly and are right "
            f"now, {flips.spoilt:.2%} the other way round. {len(flips.rows):,} rows "
            f"flip; {len(shown)} are shown, those that moved most first."
        ),
        _table(head, each) if each else "",
    )


def _groups(name: str, rows: Sequence[GroupRow], picture: str, said: str) -> str:
    if not rows:
        return ""
    metric = rows[0].metrics[0].metric
    moved = any(row.stability is not None for row in rows)
    head = ["", "rows", "target", f"{metric} dense", "pruned", "difference"]
    head += ["95 % interval", "flips", *(["PSI"] if moved else [])]
    cells = []
    for row in rows:
        first = row.metrics[0]
        one = [row.name, row.n_rows, row.target, first.dense, first.pruned]
        one += [*_apart(first.to_dense, first.verdict), _share(row.flips)]
        cells.append([*one, *([row.stability] if moved else [])])
    return _section(name, picture, _table(head, cells), _note(said))


def _segments(e: "PruningEvidence") -> str:
    return _groups(
        "Segments",
        e.segments,
        pictures.segments(e.segments),
        f"The weakest first, those of fewer than {FEW_ROWS} rows after the others: by "
        "chance scores move over few rows, and PSI, of the pruned network's scores "
        "beside the reference, even more. All scores of each are in the tables "
        "of the report.",
    )


def _periods(e: "PruningEvidence") -> str:
    return _groups(
        "Periods",
        e.periods,
        pictures.periods(e.periods),
        "In their order. PSI is that of the pruned network's scores beside the "
        "reference.",
    )


def _stability(e: "PruningEvidence") -> str:
    if not e.drift:
        return ""
    known = [row for row in e.inputs if row.stability is not None]
    known.sort(key=lambda row: -(row.stability or 0.0))
    rows = [[r.column, f"{r.stability:.4f}", "yes" if r.read else "no"] for r in known]
    return _section(
        "Stability beside the reference",
        _table(["scores of", "PSI"], [[m, f"{v:.4f}"] for m, v in e.drift.items()]),
        _table(["input", "CSI", "read"], rows[:MOST_ROWS]) if rows else "",
        _note(
            "Above 0.1 something has moved, above 0.25 a lot has; small samples move."
        )
        + _cut(len(rows), "inputs"),
    )


def _noise(e: "PruningEvidence") -> str:
    rows = [
        [f"{r.level:g}", r.model, _share(r.flips), r.mean_move, r.loss] for r in e.noise
    ]
    metric = e.noise[0].metric if e.noise else ""
    return _section(
        "Small noise in the inputs",
        pictures.noise(e.noise),
        _table(["noise", "model", "flips", "mean move", f"{metric} lost"], rows),
        _note(
            "Gaussian noise in columns of numbers, in standard deviations of the "
            "column; whole numbers stay whole."
        ),
    )


def _inputs(e: "PruningEvidence") -> str:
    order = sorted(e.inputs, key=lambda row: (not row.read, -row.importance))
    rows = [
        [r.column, "yes" if r.read else "no", _share(r.read_by_seeds), r.importance]
        for r in order
    ]
    n_read = sum(row.read for row in e.inputs)
    return _section(
        "Inputs",
        _note(f"{n_read:,} of {len(e.inputs):,} columns are read.")
        + pictures.importances(order),
        _table(["column", "read", "read by seeds", "importance"], rows[:MOST_ROWS]),
        _cut(len(rows), "columns"),
    )


def _network(e: "PruningEvidence") -> str:
    layers = [
        [r.name, f"{r.n_outputs} x {r.n_inputs}", r.n_weights, r.n_kept]
        + [f"{r.sparsity:.1%}"]
        for r in e.layers
    ]
    sizes = [_size(row) for row in e.sizes]
    return _section(
        "The network",
        pictures.layers(e.layers),
        _table(["layer", "shape", "weights", "kept", "sparsity"], layers),
        _table(["", "dense", "pruned", "ratio", "challenger"], sizes),
        _note(
            "Times are medians, the models timed in turn on the machine named below."
        ),
    )


def _size(row: SizeRow) -> list[Any]:
    """Return the cells of a figure; times are read in milliseconds."""
    found: list[Any] = [row.dense, row.pruned, row.challenger]
    name = row.name.replace(UNIT, "ms", 1)
    if name != row.name:
        found = [None if v is None else f"{1e3 * v:.3g}" for v in found]
    dense, pruned, challenger = found
    ratio = None if row.ratio is None else f"{row.ratio:.3f}"
    return [name, dense, pruned, ratio, challenger]


def _provenance(e: "PruningEvidence") -> str:
    tables = [
        f"<h3>{escape(name)}</h3>"
        + _table(["", ""], [[k, v] for k, v in each.items()], style="hash")
        for name, each in e.provenance.items()
    ]
    return _section("Provenance", *tables)


SECTIONS: tuple[Section, ...] = (
    _summary,
    _scores,
    _calibration,
    _decisions,
    _segments,
    _periods,
    _stability,
    _noise,
    _inputs,
    _network,
    _provenance,
)
"""In the order of the page."""


def _section(name: str, *parts: str) -> str:
    return f"<section><h2>{escape(name)}</h2>{''.join(parts)}</section>"


def _note(said: str) -> str:
    return f'<p class="note">{escape(said)}</p>'


def _cut(n_rows: int, what: str) -> str:
    if n_rows <= MOST_ROWS:
        return ""
    return _note(f"{MOST_ROWS} of {n_rows:,} {what} are shown.")


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]], style: str = "") -> str:
    names = list(head)
    top = "".join(f"<th>{escape(name)}</th>" for name in names)
    top = f"<thead><tr>{top}</tr></thead>" if any(names) else ""
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    shown = f' class="{style}"' if style else ""
    return f'<div class="wide"><table{shown}>{top}<tbody>{body}</tbody></table></div>'


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        text, style = value
        return f'<td class="{style}">{escape(text)}</td>'
    return f"<td>{escape(_text(value))}</td>"


def _apart(found: Difference, verdict: str) -> list[Any]:
    """Return the cells of a difference, marked where it is more than chance."""
    interval = "–" if isnan(found.low) else f"[{found.low:+.4f}, {found.high:+.4f}]"
    value = "–" if isnan(found.value) else f"{found.value:+.4f}"
    return [(value, verdict), interval]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _text(value: Any) -> str:
    """Return a value as a cell has it."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return "–"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) >= 0.01 or value == 0 else f"{value:.3g}"
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
