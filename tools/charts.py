"""Draw the pictures of the measurement pages from the tables that stand there.

    python tools/charts.py

So a picture and its table cannot tell two stories: where a page has a table that was
printed anew, its picture is drawn anew.
"""

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from skprune.inspection.palette import DASHES, GUIDE, MARKERS, PALETTE

DOCS = Path(__file__).parents[1] / "docs"

FIXED = {"svg.hashsalt": "skprune", "svg.fonttype": "none"}
"""With these the same picture is the same file."""

Drawing = Callable[[], Any]


def table(page: str, title: str) -> pd.DataFrame:
    """Return the first table with pipes that follows a text on a page, as words."""
    text = (DOCS / f"{page}.md").read_text("utf-8")
    lines = text[text.index(title) :].splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("|"))
    last = next(i for i, line in enumerate(lines[first:]) if not line.startswith("|"))
    head, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines[first : first + last]
    )
    return pd.DataFrame(rows, columns=head)


def block(page: str, title: str) -> pd.DataFrame:
    """Return the printed table that follows a text on a page, with its first column."""
    text = (DOCS / f"{page}.md").read_text("utf-8")
    found = re.search(r"^(setting .*?)^mean ", text[text.index(title) :], re.S | re.M)
    assert found is not None
    lines = [line for line in found[1].splitlines() if line != "data"]
    return pd.read_csv(io.StringIO("\n".join(lines)), sep=r"\s+", index_col=0)


def numbers(column: "pd.Series[Any]") -> "pd.Series[float]":
    """Return the numbers of cells, without the commas that group their digits."""
    return column.str.replace(",", "").astype(float)


def label_lines(axes: Axes, at: float, heights: Sequence[float], gap: float) -> None:
    """Write the lines' names beside their ends, so that none lies on another."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    low = -float("inf")
    for i in order:
        low = max(heights[i], low + gap)
        line = axes.lines[i]
        axes.annotate(
            str(line.get_label()), (at, low), (6, 0), textcoords="offset points",
            va="center", color=line.get_color(), fontsize=9,
        )  # fmt: skip


def plain(axes: Axes, across: str | None = "x") -> None:
    """Leave out what a picture can do without."""
    axes.spines[["top", "right"]].set_visible(False)
    if across:
        axes.grid(axis=across, color="#dddddd", linewidth=0.8)  # type: ignore[arg-type]
        axes.set_axisbelow(True)


def fitting() -> Any:
    """Draw what a fit costs, in units of MLPClassifier, by width."""
    found = table("performance", "Fit: 20,000 rows")
    widths = list(dict.fromkeys(found["network"]))
    figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    for i, (name, rows) in enumerate(found.groupby("fitted by", sort=False)):
        at = [widths.index(width) + 0.14 * (i - 1.5) for width in rows["network"]]
        share = numbers(rows["of MLPClassifier"])
        axes.plot(share, at, MARKERS[i], color=PALETTE[i], label=str(name))
    axes.set_yticks(range(len(widths)), widths)
    axes.invert_yaxis()
    axes.set(xlabel="time of a fit, MLPClassifier's = 1", xlim=(0, None))
    axes.axvline(1, color=GUIDE, linewidth=1)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    plain(axes)
    return figure


def scoring() -> Any:
    """Draw the times to score by rows, width and sparsity."""
    figure, panels = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained")
    names = ["rows", "width of two layers", "sparsity"]
    for axes, name in zip(panels, names, strict=True):
        found = table("performance", f"Score by {name}, ms")
        x = numbers(found[name])
        for i, who in enumerate(["skprune", "MLPClassifier"]):
            look = {"color": PALETTE[i], "linestyle": DASHES[i], "marker": MARKERS[i]}
            axes.plot(x, numbers(found[who]), label=who, **look)
        axes.set_xlabel(name)
        if name == "sparsity":
            axes.set_ylim(0, None)
        else:
            axes.set(xscale="log", yscale="log")
        plain(axes, "y")
    panels[0].set_ylabel("time to score, ms")
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside upper center", ncols=2, frameon=False, fontsize=9,
    )  # fmt: skip
    return figure


def several() -> Any:
    """Draw what networks that are trained together cost, by width."""
    found = table("performance", "Fit: 5,000 rows x 30, 24 epochs")
    counts = [int(name) for name in found.columns[1:]]
    figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
    for i, row in enumerate(found.to_numpy()):
        look = {"color": PALETTE[i], "linestyle": DASHES[i], "marker": MARKERS[i]}
        axes.plot([1, *counts], [1.0, *map(float, row[1:])], label=row[0], **look)
    ends = [float(row[-1]) for row in found.to_numpy()]
    label_lines(axes, counts[-1], ends, gap=0.55)
    axes.plot([1, 9], [1, 9], color=GUIDE, linewidth=1)
    axes.annotate("one by one", (8.6, 9.1), ha="right", color=GUIDE, fontsize=9)
    axes.set(
        xlabel="networks", ylabel="time of a fit, one network's = 1", xlim=(1, 11.7)
    )
    axes.set_xticks([1, *counts])
    plain(axes, "y")
    return figure


def bytes_of_models() -> Any:
    """Draw the sizes of pickles on a scale of factors of ten."""
    found = table("performance", "Pickles: (256, 128)")
    sizes = numbers(found["bytes"])
    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    ours = [PALETTE[0] if "skprune" in name else "#BFBFBF" for name in found.iloc[:, 0]]
    bars = axes.barh(found.iloc[:, 0], sizes, color=ours)
    axes.bar_label(bars, [f"{size:,.0f}" for size in sizes], padding=3, fontsize=9)
    axes.set(xlabel="bytes of the pickle", xscale="log", xlim=(300, 1e7))
    axes.invert_yaxis()
    plain(axes)
    return figure


def changes() -> Any:
    """Draw what one change to the defaults does to the mean AUC."""
    found = table("defaults", "| one change |").set_index("one change")
    means = found[["mean .95", "mean .98"]].map(lambda cell: float(cell.strip("*")))
    moved = 1000 * (means - means.iloc[0]).iloc[1:]
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for i, (name, value) in enumerate(moved.items()):
        at = [row + 0.16 * (i - 0.5) for row in range(len(moved))]
        label = f"{100 * float(str(name).split()[1]):.0f} % of weights gone"
        axes.plot(value, at, MARKERS[i], color=PALETTE[i], label=label)
    axes.axvline(0, color=GUIDE, linewidth=1)
    axes.axvspan(-5, 5, color="#eeeeee", zorder=0)
    axes.annotate("noise", (-4.8, len(moved) - 0.6), color=GUIDE, fontsize=9)
    axes.set_yticks(range(len(moved)), moved.index)
    axes.invert_yaxis()
    axes.set_xlabel("mean AUC less that of the defaults, in thousandths")
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    plain(axes)
    return figure


def beside_dense() -> Any:
    """Draw each set's gains over its dense network, at three levels."""
    found = block("defaults", "never_worse.py --small")
    shown = {"w.8": "80 %", "w.95": "95 %", "w.98": "98 %"}
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for i, (column, label) in enumerate(shown.items()):
        at = [row + 0.2 * (i - 1) for row in range(len(found))]
        axes.plot(found[column], at, MARKERS[i], color=PALETTE[i], label=label)
    axes.axvline(0, color=GUIDE, linewidth=1)
    axes.set_yticks(range(len(found)), found.index)
    axes.invert_yaxis()
    axes.set_xlabel("AUC of the pruned network less the dense one's, in thousandths")
    figure.legend(
        loc="outside upper center", ncols=3, frameon=False, fontsize=9,
        title="weights gone", title_fontsize=9,
    )  # fmt: skip
    plain(axes)
    return figure


QUALITY = {
    "default": "pruned (default)",
    "boosted trees": "boosted trees",
    "dense, as long": "dense, as long",
    "small dense, as long": "small dense, as long",
    "torch one-shot": "torch, one shot",
    "logistic": "logistic regression",
}
"""The six of the methods that a picture shows."""


def quality() -> Any:
    """Draw the mean AUC over the sets by sparsity, with errors over the folds."""
    found = pd.read_csv(DOCS / "quality.csv")
    by_fold = found.pivot_table(
        index=["method", "sparsity"], columns="fold", values="auc"
    )
    mean, error = by_fold.mean(axis=1), by_fold.sem(axis=1)
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for i, (method, label) in enumerate(QUALITY.items()):
        axes.errorbar(
            100 * mean[method].index, mean[method], error[method], capsize=3,
            color=PALETTE[i], linestyle=DASHES[i], marker=MARKERS[i], markersize=5,
        )  # fmt: skip
        axes.annotate(
            label, (98, mean[method].iloc[-1]), (8, 0), textcoords="offset points",
            va="center", color=PALETTE[i], fontsize=9,
        )  # fmt: skip
    axes.set(xlabel="weights gone, %", ylabel="AUC, mean of six sets", xlim=(89.5, 101))
    axes.set_xticks([90, 95, 98])
    plain(axes, "y")
    return figure


def found_rows() -> Any:
    """Draw how many of the labels that were flipped each judge finds, by set."""
    found = table("evidence", "| set | rows | found").set_index("set").drop("mean")
    shown = {
        "found: networks and forest": "networks and forest",
        "forest": "forest alone",
        "cleanlab": "cleanlab",
    }
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for i, (column, label) in enumerate(shown.items()):
        at = [row + 0.2 * (i - 1) for row in range(len(found))]
        share = 100 * numbers(found[column])
        axes.plot(share, at, MARKERS[i], color=PALETTE[i], label=label)
    axes.set_yticks(range(len(found)), found.index)
    axes.invert_yaxis()
    axes.set(xlabel="of the flipped rows, in the tenth least trusted, %", xlim=(0, 100))
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    plain(axes)
    return figure


PICTURES: dict[str, Drawing] = {
    "fitting": fitting,
    "several": several,
    "speed": scoring,
    "bytes": bytes_of_models,
    "changes": changes,
    "beside_dense": beside_dense,
    "quality": quality,
    "found_rows": found_rows,
}


def main() -> None:
    """Draw them all."""
    for name, drawing in PICTURES.items():
        figure = drawing()
        with plt.rc_context(FIXED):
            figure.savefig(DOCS / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    main()
