"""Which columns can act together, and how strongly they do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.fields import Model
from skprune.inspection.score import score_networks
from skprune.inspection.score_network import ScoreNetwork

Array = NDArray[Any]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

ROUNDING = 1e-13
"""A strength of so little, in units of the largest score, is 0."""


@dataclass(frozen=True)
class Interactions:
    """The pairs of columns or groups that can interact; no others do, anywhere.

    Attributes
    ----------
    names : ndarray of shape (n_names,)
        Of all columns or groups.
    can_interact : ndarray of bool of shape (n_names, n_names)
        Symmetric, False on the diagonal.
    pairs : list of (str, str)
        Those that can, the strongest first; without rows, in the order of columns.
    strengths : ndarray of shape (n_pairs,) or None
        Of each pair, in units of the score; None without rows.

    See Also
    --------
    interactions : Finds them.

    Notes
    -----
    It has the length of its pairs, and is iterated over them.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune.inspection import Interactions
    >>> names = np.array(["income", "debt"])
    >>> found = Interactions(names, ~np.eye(2, dtype=bool), [("income", "debt")])
    >>> list(found)
    [('income', 'debt')]
    """

    names: Array
    can_interact: Bools
    pairs: list[tuple[Any, Any]]
    strengths: Floats | None = None

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter(self.pairs)

    def to_frame(self) -> Any:
        """Return the pairs as a DataFrame.

        Returns
        -------
        frame : DataFrame of shape (n_pairs, 2) or (n_pairs, 3)
            With columns ``first``, ``second`` and, with rows, ``strength``.
        """
        import pandas as pd

        frame = pd.DataFrame(self.pairs, columns=["first", "second"])
        return (
            frame if self.strengths is None else frame.assign(strength=self.strengths)
        )


def interactions(
    estimator: Any,
    X: Any = None,
    *,
    baseline: Any = None,
    groups: Any = None,
    target: Any = None,
) -> Interactions:
    r"""Return the pairs of columns that some unit reads together.

    A score without a unit that reads two columns is a sum of one function of each:
    they can't interact, whatever the rows are. Of those that can, rows tell how much
    they do. With :math:`x_{i \to b}` for a row that has the baseline's value in column
    i, the strength of a pair is the mean over the rows of

    .. math:: | f(x) - f(x_{i \to b}) - f(x_{j \to b}) + f(x_{i,j \to b}) |,

    what the pair does beyond what its columns do alone. It is a difference of scores,
    and so exact for every network; `X` is scored once for each pair that can interact.

    Parameters
    ----------
    estimator : PrunedMLPClassifier, PrunedMLPRegressor or Pipeline that ends in one
        Fitted. Of a Pipeline the raw columns are told of.
    X : array-like of shape (n_samples, n_features), default=None
        Rows to measure strengths on, in any form that `estimator` takes.
    baseline, groups, target : object, default=None
        As in :func:`reason_codes`; over several baselines strengths are averaged.

    Returns
    -------
    found : Interactions
        With ``pairs``, ``strengths``, ``can_interact`` and ``to_frame()``.

    Raises
    ------
    TypeError, ValueError
        As :func:`reason_codes`.

    See Also
    --------
    reason_codes : What columns contribute to a score.

    References
    ----------
    M. Tsang, D. Cheng and Y. Liu, "Detecting statistical interactions from neural
    network weights", ICLR, 2018. J. H. Friedman and B. E. Popescu, "Predictive learning
    via rule ensembles", Annals of Applied Statistics 2(3), 2008.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune import PrunedMLPRegressor
    >>> from skprune.inspection import interactions
    >>> X = np.random.default_rng(0).uniform(-1, 1, (1000, 4))
    >>> y = np.maximum(X[:, 0] + X[:, 1], 0) + X[:, 2]
    >>> reg = PrunedMLPRegressor(
    ...     (20,), sparsity=0.8, early_stopping=True, random_state=0
    ... ).fit(X, y)
    >>> found = interactions(reg, X)
    >>> found.pairs[0]
    ('x0', 'x1')
    >>> bool(found.can_interact[2, 3])
    False
    """
    model = Model.of_estimator(estimator)
    networks = score_networks(model.network, target)
    names, label = model.groups(groups)
    together = np.zeros((len(names), len(names)), bool)
    for network in networks:
        together |= _read_together(network, label[network.columns], len(names))
    np.fill_diagonal(together, False)
    pairs = np.argwhere(np.triu(together))
    strengths = None
    if X is not None:
        rows, starts = model.prepared(X), model.baseline(baseline)
        strengths = _strengths(networks, rows, starts, label, pairs)
        order = np.argsort(-strengths, kind="stable")
        pairs, strengths = pairs[order], strengths[order]
    return Interactions(
        names, together, [(names[i], names[j]) for i, j in pairs], strengths
    )


def _read_together(network: ScoreNetwork, label: Array, n_groups: int) -> Bools:
    """Return which groups some unit that bends reads together, (groups, groups)."""
    reads = np.zeros((len(label), n_groups), bool)
    reads[np.arange(len(label)), label] = True
    together = np.zeros((n_groups, n_groups), bool)
    for layer, matters in zip(network.hidden, _matters(network), strict=True):
        reads = _product(layer.weight != 0, reads)
        if layer.activation != "identity":
            together |= _product(reads[matters].T, reads[matters])
    return together


def _matters(network: ScoreNetwork) -> list[Bools]:
    """Return, for each hidden layer, which units the score depends on."""
    matters = [network.readout != 0]
    for layer in reversed(network.hidden[1:]):
        matters.insert(0, (layer.weight[matters[0]] != 0).any(0))
    return matters[: len(network.hidden)]


def _product(a: Bools, b: Bools) -> Bools:
    return np.asarray(a.astype(np.float32) @ b.astype(np.float32) > 0)


def _strengths(
    networks: Sequence[ScoreNetwork], rows: Any, starts: Any, label: Array, pairs: Array
) -> Floats:
    """Return the mean size of the mixed difference of each pair, (pairs,)."""
    total = np.zeros(len(pairs))
    for k in range(starts.shape[0]):
        start = starts[[k]]
        parts = zip(
            *(_mixed(network, rows, start, label, pairs) for network in networks),
            strict=True,
        )
        total += [np.abs(np.mean(each, axis=0)).mean() for each in parts]
    # A difference of scores that is rounding is none.
    size = max(np.abs(n(n.read(rows))).max(initial=0) for n in networks)
    return np.where(total > ROUNDING * size, total / starts.shape[0], 0.0)


def _mixed(
    network: ScoreNetwork, rows: Any, start: Any, label: Array, pairs: Array
) -> Iterator[Floats]:
    """Yield the mixed difference of each pair in one network, (rows,)."""
    x, begin = network.read(rows), network.read(start)[0]
    owner = label[network.columns]

    def without(*groups: int) -> Floats:
        return network(np.where(np.isin(owner, groups), begin, x))

    whole = network(x)
    alone = {group: without(group) for group in np.unique(pairs)}
    for i, j in pairs:
        yield whole - alone[i] - alone[j] + without(i, j)
