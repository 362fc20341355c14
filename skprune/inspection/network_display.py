"""A small network as a picture."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.fields import Model
from skprune.inspection.order import unit_names, without_identities
from skprune.inspection.palette import PALETTE
from skprune.inspection.raw_units import columns_seen
from skprune.inspection.score import score_name, score_networks

Floats = NDArray[np.float64]

RAISES, LOWERS = PALETTE[1], PALETTE[0]
WIDEST, THINNEST = 4.0, 0.4
"""Points: an edge of a layer's largest weight is as wide, and none is thinner."""
BOX = {"boxstyle": "round,pad=0.8", "fc": "0.95", "ec": "0.5"}
CENTRED = {"ha": "center", "va": "center", "parse_math": False}


class NetworkDisplay:
    """A compact network drawn: columns at the left, units by layer, the score.

    An edge is a weight, coloured by its sign and as wide as it is large within its
    layer. A network of more weights than can be told apart is summed up instead.

    Make one with `from_estimator`.

    Parameters
    ----------
    names : sequence of sequence of str
        Of the columns, of the units of each layer, and of the score.
    weights : sequence of ndarray of shape (n_nodes, n_nodes_before)
        Between one and the next.

    Attributes
    ----------
    edges_ : list of LineCollection
        Between the layers; empty where the network is summed up.
    ax_ : Axes
        The axes they are on.
    figure_ : Figure
        The figure around it.

    See Also
    --------
    export_text : The same network as a formula; units have the same names there.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skprune import PrunedMLPRegressor
    >>> from skprune.inspection import NetworkDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> reg = PrunedMLPRegressor((10,), early_stopping=True, random_state=0).fit(X, y)
    >>> display = NetworkDisplay.from_estimator(reg)
    """

    def __init__(
        self, *, names: Sequence[Sequence[str]], weights: Sequence[Floats]
    ) -> None:
        self.names = names
        self.weights = weights

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        feature_names: Any = None,
        target: Any = None,
        max_weights: int = 200,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a fitted network.

        Parameters
        ----------
        estimator : PrunedMLPClassifier, PrunedMLPRegressor or Pipeline that ends in one
            Fitted, of one network.
        feature_names : array-like of str of shape (n_features,), default=None
            Names of the raw columns; None for those seen in ``fit``.
        target : object, default=None
            As in :func:`reason_codes`.
        max_weights : int, default=200
            Above so many the network is summed up.
        ax : Axes, default=None
            Where to draw; by default a new figure that is as high as it takes.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : NetworkDisplay
            What was drawn.

        Raises
        ------
        TypeError, ValueError
            As :func:`reason_codes`, or if there are several networks.
        """
        model = Model.of_estimator(estimator)
        if feature_names is not None:
            model = model.named(feature_names)
        networks = score_networks(model.network, target)
        if len(networks) > 1:
            raise ValueError(
                f"There are {len(networks)} networks, and a picture shows one: draw "
                "one of the network's estimators_, with feature_names."
            )
        network, seen = without_identities(networks[0]), columns_seen(model)
        columns = [seen[i].label for i in network.columns]
        names = [columns, *unit_names(network), [score_name(model.network, target)]]
        weights = [layer.weight for layer in network.hidden]
        display = cls(names=names, weights=[*weights, network.readout[None]])
        return display.plot(max_weights=max_weights, ax=ax, **kwargs)

    def plot(self, *, max_weights: int = 200, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        max_weights : int, default=200
            Above so many the network is summed up.
        ax : Axes, default=None
            Where to draw; by default a new figure that is as high as it takes.
        **kwargs : dict
            Handed to matplotlib's ``LineCollection``.

        Returns
        -------
        self : NetworkDisplay
            What was drawn.
        """
        import matplotlib.pyplot as plt

        drawn = self.n_weights <= max_weights
        if ax is None:
            highest = max(map(len, self.names)) if drawn else 0
            size = 2.5 + 2.5 * len(self.names), max(2.0, 0.3 * highest)
            _, ax = plt.subplots(layout="constrained", figsize=size)
        self.edges_: list[Any] = []
        self._draw(ax, kwargs) if drawn else self._sum_up(ax)
        ax.set_axis_off()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    @property
    def n_weights(self) -> int:
        """Weights that are not zero."""
        return sum(int(np.count_nonzero(weight)) for weight in self.weights)

    def _draw(self, ax: Any, settings: dict[str, Any]) -> None:
        heights = _heights(self.weights)
        for x, (weight, ends) in enumerate(
            zip(self.weights, pairwise(heights), strict=True)
        ):
            self.edges_.append(_edges(x, weight, *ends, settings))
            ax.add_collection(self.edges_[-1])
        for x, (names, height) in enumerate(zip(self.names, heights, strict=True)):
            _draw_nodes(ax, x, names, height, last=x == len(heights) - 1)
        _draw_legend(ax)
        ax.set_ylim(0, 1)

    def _sum_up(self, ax: Any) -> None:
        """Draw each layer as a box of units, and tell of the weights between."""
        n_columns, *n_units = map(len, self.names[:-1])
        boxes = [f"{n_columns} columns", *(f"{n} units" for n in n_units)]
        for x, said in enumerate([*boxes, *self.names[-1]]):
            ax.text(x, 0.5, said, bbox=BOX, **CENTRED)
        for x, weight in enumerate(self.weights):
            n = int(np.count_nonzero(weight))
            share, positive = n / max(weight.size, 1), np.sum(weight > 0) / max(n, 1)
            said = f"{n:,} weights,\n{share:.0%} of all,\n{positive:.0%} positive"
            ax.text(x + 0.5, 0.5, said, fontsize="small", **CENTRED)
        ax.set_title(f"{self.n_weights:,} weights: too many to draw one by one")
        ax.set_xlim(-0.5, len(self.weights) + 0.5)
        ax.set_ylim(0, 1)


def _heights(weights: Sequence[Floats]) -> list[Floats]:
    """Return the heights of the nodes of each layer, in (0, 1), from the left.

    Each node is as near as may be to the mean of those that read it, by the sizes of
    the weights, so that few edges cross.
    """
    heights = [np.full(len(weights[-1]), 0.5)]
    for weight in reversed(weights):
        size = np.abs(weight) + 1e-12
        wanted = heights[0] @ size / size.sum(0)
        # Of nodes that want the same place the larger is the higher.
        order = np.lexsort((size.sum(0), wanted))
        places = np.empty(len(order))
        places[order] = (np.arange(len(order)) + 0.5) / len(order)
        heights.insert(0, places)
    return heights


def _edges(
    x: int, weight: Floats, left: Floats, right: Floats, settings: dict[str, Any]
) -> Any:
    """Return an edge for each weight between two layers, the largest on top."""
    from matplotlib.collections import LineCollection

    to, origin = np.nonzero(weight)
    order = np.argsort(np.abs(weight[to, origin]))
    to, origin = to[order], origin[order]
    value = weight[to, origin]
    size = np.abs(value) / np.abs(value).max(initial=0)
    begin = np.column_stack([np.full(len(order), x), left[origin]])
    end = np.column_stack([np.full(len(order), x + 1), right[to]])
    style = {
        "colors": np.where(value > 0, RAISES, LOWERS),
        "linewidths": np.maximum(THINNEST, WIDEST * size),
        "alpha": 0.7,
        "zorder": 1,
    }
    return LineCollection(list(np.stack([begin, end], axis=1)), **style | settings)


def _draw_legend(ax: Any) -> None:
    from matplotlib.lines import Line2D

    signs = [
        Line2D([], [], color=RAISES, label="positive weight"),
        Line2D([], [], color=LOWERS, label="negative weight"),
    ]
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1)}
    ax.legend(handles=signs, ncols=2, fontsize="small", **above)


def _draw_nodes(
    ax: Any, x: int, names: Sequence[str], height: Floats, *, last: bool
) -> None:
    """Draw a layer: names of columns at the left, of the score at the right."""
    ax.scatter(np.full(len(height), x), height, s=60, c="white", ec="0.2", zorder=2)
    style = {"fontsize": "small", "parse_math": False, "zorder": 3}
    if x == 0 or last:
        at = (8, 0) if last else (-8, 0)
        style |= {"ha": "left" if last else "right", "va": "center"}
    else:
        at = (0, 6)
        # Edges run behind the name of a unit.
        behind = {"fc": "white", "ec": "none", "pad": 0.5, "alpha": 0.7}
        style |= {"ha": "center", "va": "bottom", "bbox": behind}
    for name, y in zip(names, height, strict=True):
        ax.annotate(name, (x, y), at, textcoords="offset points", **style)
