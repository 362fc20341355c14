"""A small network as a formula."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval, validate_params

from skprune.inspection.fields import Model
from skprune.inspection.order import sizes, unit_names, without_identities
from skprune.inspection.raw_units import Column, columns_seen
from skprune.inspection.score import score_name, score_networks
from skprune.inspection.score_network import ScoreNetwork

Floats = NDArray[np.float64]


@validate_params(
    {"decimals": [Interval(Integral, 1, None, closed="left")]},
    prefer_skip_nested_validation=True,
)
def export_text(
    estimator: Any,
    feature_names: Any = None,
    decimals: int = 3,
    *,
    target: Any = None,
) -> str:
    """Return a network as a formula to read.

    A line is a term of what stands above it: of the score, or of a unit, of which each
    is written out where it is first met. Units come by importance, and their terms by
    size. Columns are in raw units where the steps of a Pipeline are linear, as those of
    ``StandardScaler`` are. A unit that reads one column reads as a threshold. Without
    hidden units the formula is a scorecard: a constant, and a weight for each column.

    Parameters
    ----------
    estimator : PrunedMLPClassifier, PrunedMLPRegressor or Pipeline that ends in one
        Fitted.
    feature_names : array-like of str of shape (n_features,), default=None
        Names of the raw columns; None for those seen in ``fit``.
    decimals : int, default=3
        Digits after the point; of numbers below 1 significant digits.
    target : object, default=None
        As in :func:`reason_codes`.

    Returns
    -------
    report : str
        Several lines.

    Raises
    ------
    TypeError, ValueError
        As :func:`reason_codes`, or if there are not as many names as columns.

    See Also
    --------
    NetworkDisplay : The same network as a picture.
    sklearn.tree.export_text : Of a tree.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skprune import PrunedMLPRegressor
    >>> from skprune.inspection import export_text
    >>> X = np.random.default_rng(0).uniform(0, 100, (500, 3))
    >>> y = np.maximum(X[:, 0] - 60, 0) + X[:, 1]
    >>> network = PrunedMLPRegressor(
    ...     (10,), sparsity=0.8, max_iter=300, early_stopping=True, random_state=0
    ... )
    >>> reg = make_pipeline(StandardScaler(), network).fit(X, y)
    >>> print(export_text(reg, ["income", "debt", "age"], decimals=1))
    prediction = 46.6
    |--- +16.9 * relu(h1_1), where h1_1 = -2.2
    |   |--- +0.04 * debt
    |   |--- +0.01 * income
    |--- -0.8 * relu(52.2 - debt)
    |--- +0.4 * relu(income - 39.6)
    <BLANKLINE>
    """
    model = Model.of_estimator(estimator)
    if feature_names is not None:
        model = model.named(feature_names)
    networks = score_networks(model.network, target)
    seen, name = columns_seen(model), score_name(model.network, target)
    if len(networks) == 1:
        lines = Formula(networks[0], seen, decimals).lines(name)
    else:
        lines = [f"{name} = the mean of {len(networks)} networks"]
        for i, network in enumerate(networks, start=1):
            formula = Formula(network, seen, decimals)
            lines += _below(formula.lines(f"network {i}"))
    return "\n".join(lines) + "\n"


class Formula:
    """Writes a network line by line, each unit once.

    Parameters
    ----------
    network : ScoreNetwork
    seen : sequence of Column
        All columns that the network sees, in terms of the raw ones.
    decimals : int
    """

    def __init__(self, network: ScoreNetwork, seen: Sequence[Column], decimals: int):
        self.network = without_identities(network)
        self.columns = [seen[i] for i in network.columns]
        self.decimals = decimals
        self.names, self.sizes = unit_names(self.network), sizes(self.network)
        self.written: set[str] = set()

    def lines(self, name: str) -> list[str]:
        """Return the score's constant, and its terms below it."""
        depth = len(self.network.hidden)
        return self._sum(
            f"{name} = ", self.network.readout, self.network.constant, depth
        )

    def _sum(
        self, start: str, weight: Floats, constant: float, depth: int
    ) -> list[str]:
        """Write ``constant`` plus the terms that read layer ``depth``."""
        order = np.argsort(-np.abs(weight) * self.sizes[depth], kind="stable")
        terms = [i for i in order if weight[i] != 0]
        if depth > 0:
            below = [self._unit_term(weight[i], depth, i) for i in terms]
        else:
            constant, weight = self._in_raw_units(weight, constant)
            below = [[self._column_term(weight[i], i)] for i in terms]
        lines = [start + self._number(constant)]
        for term in below:
            lines += _below(term)
        return lines

    def _unit_term(self, weight: float, depth: int, i: int) -> list[str]:
        """Write a weight times a unit, which is written out where it's new."""
        layer = self.network.hidden[depth - 1]
        incoming = layer.weight[i]
        if depth == 1 and np.count_nonzero(incoming) == 1:
            return [self._threshold(weight, incoming, layer.bias[i], layer.activation)]
        name = self.names[depth - 1][i]
        line = f"{self._signed(weight)} * {layer.activation}({name})"
        if name in self.written:
            return [line]
        self.written.add(name)
        start = f"{line}, where {name} = "
        return self._sum(start, incoming, float(layer.bias[i]), depth - 1)

    def _threshold(
        self, weight: float, incoming: Floats, bias: float, activation: str
    ) -> str:
        """Write a weight times a unit that reads one column, ``a * (x - t)``."""
        bias, incoming = self._in_raw_units(incoming, bias)
        (j,) = np.flatnonzero(incoming)
        slope, name = incoming[j], self.columns[j].label
        at = -bias / slope
        if activation != "relu":
            inside = f"{self._number(slope)} * ({name} {self._apart(-at)})"
            return f"{self._signed(weight)} * {activation}({inside})"
        # relu(a z) is |a| relu(z), or |a| relu(-z).
        inside = f"{name} {self._apart(-at)}"
        if slope < 0:
            inside = f"{self._number(at)} - {name}"
        return f"{self._signed(weight * abs(slope))} * relu({inside})"

    def _in_raw_units(self, weight: Floats, constant: float) -> tuple[float, Floats]:
        """Return what ``constant + weight @ ((x - centre) / scale)`` is of x."""
        centre = np.array([column.centre for column in self.columns])
        scale = np.array([column.scale for column in self.columns])
        raw = weight / scale
        return float(constant - raw @ centre), raw

    def _column_term(self, weight: float, i: int) -> str:
        return f"{self._signed(weight)} * {self.columns[i].label}"

    def _number(self, value: float) -> str:
        digits = "f" if abs(value) >= 1 or value == 0 else "g"
        return f"{value:.{self.decimals}{digits}}"

    def _signed(self, value: float) -> str:
        return ("-" if value < 0 else "+") + self._number(abs(value))

    def _apart(self, value: float) -> str:
        """Write a number to add, its sign apart."""
        return ("- " if value < 0 else "+ ") + self._number(abs(value))


def _below(lines: list[str]) -> list[str]:
    """Indent what belongs below a line, as scikit-learn's trees are."""
    first, *rest = lines
    return [f"|--- {first}", *(f"|   {line}" for line in rest)]
