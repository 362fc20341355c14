"""`PruningTransformer`: input columns pruned, in front of any estimator."""

from collections.abc import Callable
from functools import partial
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    BaseEstimator,
    _fit_context,
    is_classifier,
    is_regressor,
)
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    _routing_enabled,
)
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from skprune.documentation import DocumentationLink
from skprune.selection.automatic import amounts, cross_validated, one_standard_error
from skprune.selection.budget import check_one_amount, columns_to_keep
from skprune.selection.choice import by_amount, by_threshold, columns_chosen
from skprune.selection.forest import rank_by_forest
from skprune.selection.importance import rank_by_estimator, takes_weight
from skprune.selection.l1 import rank_by_l1
from skprune.selection.permutation import rank_by_permutation
from skprune.selection.stability import expected_false_selections, selection_frequency
from skprune.selection.table import (
    Ranking,
    Table,
    encoded,
    kind_of_target,
    merged_rows,
    used_rows,
    varying,
    with_short_indices,
)
from skprune.selection.units import Units, resolve_units

Ranker = Callable[[Table, int], Ranking]


def load_and_rank_by_network(table: Table, n_keep: int) -> Ranking:
    """Load torch, which the other methods do without, and rank by networks."""
    from skprune.selection import network

    return network.rank_by_network(table, n_keep)


METHODS: dict[str, Ranker] = {
    "l1": rank_by_l1,
    "forest": rank_by_forest,
    "permutation": rank_by_permutation,
    "network": load_and_rank_by_network,
}


class PruningTransformer(SelectorMixin, DocumentationLink, BaseEstimator):
    """Prune input columns in front of any estimator.

    Parameters
    ----------
    method : {"l1", "forest", "permutation", "network"}, default="l1"
        What ranks the columns.

        - ``"l1"``: an L1 path, followed until enough columns are in use.
          Two classes go by logistic loss; numbers, labels and more classes by
          squared loss, and so do two classes in tables of over five million
          entries. At most 2,000 columns, those most correlated with the target,
          are looked at together by squared loss.
        - ``"forest"``: recursive elimination by the importances of extra trees.
        - ``"permutation"``: recursive elimination by the error that shuffling a
          column costs on rows which a tree hasn't seen.
        - ``"network"``: recursive elimination by the held-out loss that taking a
          column away costs a batch of small networks, which train on from round
          to round. Finds interactions that no linear rule does.

        ``"forest"`` and ``"permutation"`` grow the trees of a round on at most
        5,000 rows, drawn anew each round.
    estimator : estimator object, default=None
        Ranks the columns in place of `method`, by recursive elimination on its
        ``coef_`` or ``feature_importances_``.
    sparsity : float in [0, 1) or "auto", default=0.5
        Share of columns dropped; a broken column stays. ``"auto"`` compares
        shares by cross-validation and takes the highest one whose score is within
        one standard error of the best.
    n_features_to_select : int, default=None
        Columns that stay, in place of `sparsity`.
    threshold : float or str, default=None
        In place of `sparsity`: all columns are ranked once, and those whose
        importance reaches the threshold stay. ``"mean"``, ``"median"`` and
        multiples such as ``"1.5*mean"`` are taken. A group's importance is the sum
        over its columns.
    step : float in (0, 1], default=0.2
        Share of the remaining columns dropped in each round of a recursive
        elimination.
    groups : array-like of shape (n_features,) or list of str, default=None
        Columns that live and die together: a label for each column, or prefixes
        of column names. Columns with no such prefix are on their own. Amounts
        count columns; a group that no longer fits is passed over.
    always_keep : array-like of str, int or bool, default=None
        Columns that are never dropped, as names, indices or a mask; with their
        groups. They count towards the amount.
    n_bootstrap : int, default=0
        Resamples (random halves of the rows) on which the choice is repeated, to
        say how firm it is.
    cv : int, cross-validation generator or iterable, default=None
        Folds for ``sparsity="auto"``; five by default.
    random_state : int, RandomState instance or None, default=None
        Seeds the trees, networks, folds and resamples.
    n_jobs : int, default=None
        Jobs for trees, resamples and folds. The result doesn't depend on it.

    Attributes
    ----------
    support_ : ndarray of shape (n_features,)
        Mask of the columns that stay.
    n_features_ : int
        How many stay.
    sparsity_ : float
        Share of columns dropped.
    ranking_ : ndarray of shape (n_features,)
        1 for columns that stay; then 2, 3, ... from the one that nearly stayed,
        the columns of a group alike. Columns that never vary come last.
    importances_ : ndarray of shape (n_features,)
        The score of each column in the last round that it took part in, high is
        good; 0 for columns that never vary.
    path_ : tuple
        Points from the many columns to the few (from none up for ``"l1"``), each
        with ``n_features``, ``support``, ``penalty`` and ``loss``.
    n_features_in_ : int
        Columns seen during fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, if all are strings.
    selection_frequency_ : ndarray of shape (n_features,)
        Share of resamples in which a column is chosen (with `n_bootstrap`).
    expected_false_selections_ : float
        Bound on the number of irrelevant columns among those chosen in three
        quarters of the resamples (with `n_bootstrap`).
    cv_results_ : dict
        ``n_features``, ``sparsity``, ``mean_test_score``, ``std_test_score`` of
        the amounts compared (with ``sparsity="auto"``).

    See Also
    --------
    sklearn.feature_selection.RFE : Recursive elimination alone.
    sklearn.feature_selection.SelectFromModel : A threshold on importances.

    Notes
    -----
    Columns that hold one value are dropped before all others. Rows of no weight are
    left out and, in tables of at most a million entries, identical rows are merged:
    a weight of two and a row given twice are the same thing.

    References
    ----------
    N. Meinshausen and P. Buehlmann, "Stability selection", Journal of the Royal
    Statistical Society B 72, 2010.

    I. Guyon, J. Weston, S. Barnhill and V. Vapnik, "Gene selection for cancer
    classification using support vector machines", Machine Learning 46, 2002.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skprune.transformer import PruningTransformer
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> pruner = PruningTransformer(sparsity=0.8, always_keep=["alcohol"])
    >>> pruner.fit(X, y).get_feature_names_out()
    array(['alcohol', 'flavanoids', 'proline'], dtype=object)
    """

    _parameter_constraints = {
        "method": [StrOptions(set(METHODS))],
        "estimator": [HasMethods(["fit"]), None],
        "sparsity": [Interval(Real, 0, 1, closed="left"), StrOptions({"auto"})],
        "n_features_to_select": [Interval(Integral, 1, None, closed="left"), None],
        "threshold": [Real, str, None],
        "step": [Interval(Real, 0, 1, closed="right")],
        "groups": ["array-like", None],
        "always_keep": ["array-like", None],
        "n_bootstrap": [Interval(Integral, 0, None, closed="left")],
        "cv": ["cv_object"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        method: str = "l1",
        *,
        estimator: Any = None,
        sparsity: Any = 0.5,
        n_features_to_select: int | None = None,
        threshold: Any = None,
        step: float = 0.2,
        groups: Any = None,
        always_keep: Any = None,
        n_bootstrap: int = 0,
        cv: Any = None,
        random_state: Any = None,
        n_jobs: int | None = None,
    ) -> None:
        self.method = method
        self.estimator = estimator
        self.sparsity = sparsity
        self.n_features_to_select = n_features_to_select
        self.threshold = threshold
        self.step = step
        self.groups = groups
        self.always_keep = always_keep
        self.n_bootstrap = n_bootstrap
        self.cv = cv
        self.random_state = random_state
        self.n_jobs = n_jobs

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Rank the columns and choose those that stay.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The table.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Classes, labels or numbers. A numeric target of more than twenty
            values that fewer than five rows share on average counts as numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self : PruningTransformer
            The fitted transformer.
        """
        check_one_amount(self.sparsity, self.n_features_to_select, self.threshold)
        table = self._table(X, y, sample_weight)
        rank = METHODS[self.method]
        if self.estimator is not None:
            weighted = takes_weight(self, sample_weight)
            rank = partial(
                rank_by_estimator, estimator=self.estimator, weighted=weighted
            )
        choose = self._chooser(table, rank)
        ranking, chosen = choose(table)
        self._store(table.units, ranking, chosen)
        if self.n_bootstrap:
            self.selection_frequency_ = selection_frequency(
                table, partial(columns_chosen, choose), self.n_bootstrap
            )
            self.expected_false_selections_ = expected_false_selections(
                self.selection_frequency_
            )
        return self

    def _table(self, X: Any, y: Any, sample_weight: Any) -> Table:
        """Validate what the user gave, and bring it into one form."""
        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=[np.float64, np.float32],
            multi_output=True, ensure_min_samples=2,
            ensure_all_finite="allow-nan" if self._takes_nan() else True,
        )  # fmt: skip
        y = y.ravel() if y.ndim == 2 and y.shape[1] == 1 else y
        weight = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        X = with_short_indices(X)
        kind = self._kind(y)
        names = getattr(self, "feature_names_in_", None)
        units = resolve_units(self.groups, self.always_keep, names, X.shape[1])
        if not weight.any():
            raise ValueError("All sample weights are zero.")
        y = encoded(y, kind)
        if self.estimator is None or takes_weight(self, sample_weight):
            X, y, weight = merged_rows(X, y, weight)
            y = encoded(y, kind)  # a class may have had no weight
        elif _routing_enabled():  # the weights are not for the estimator
            weight = np.ones_like(weight)
        else:
            X, y, weight = used_rows(X, y, weight)
            y = encoded(y, kind)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        return Table(
            X, y, weight, kind, units, varying(X), float(self.step), seed, self.n_jobs
        )

    def _takes_nan(self) -> bool:
        return self.estimator is not None and bool(
            get_tags(self.estimator).input_tags.allow_nan
        )

    def _kind(self, y: NDArray) -> str:
        """Go by the estimator, or else by the target."""
        if self.estimator is not None and is_regressor(self.estimator):
            return "numbers"
        kind = kind_of_target(y)
        classifies = self.estimator is not None and is_classifier(self.estimator)
        return "classes" if classifies and y.ndim == 1 else kind

    def _chooser(
        self, table: Table, rank: Ranker
    ) -> Callable[[Table], tuple[Ranking, NDArray[np.intp]]]:
        """Resolve the amount, and return what ranks a table and keeps as much."""
        if self.threshold is not None:
            columns_to_keep(table, 0.0, None)
            return partial(by_threshold, rank=rank, threshold=self.threshold)
        if self.sparsity == "auto":
            n_keep = self._cross_validated(table, rank)
        else:
            n_keep = columns_to_keep(table, self.sparsity, self.n_features_to_select)
        return partial(by_amount, rank=rank, n_keep=n_keep)

    def _cross_validated(self, table: Table, rank: Ranker) -> int:
        usable = columns_to_keep(table, 0.0, None)
        units = table.units
        forced = int(units.sizes[units.forced].sum())
        n_keeps = amounts(usable, max(forced, int(units.sizes.min())))
        cv = 5 if self.cv is None else self.cv
        scores = cross_validated(table, rank, n_keeps, cv, self.estimator)
        self.cv_results_ = {
            "n_features": np.array(n_keeps),
            "sparsity": 1 - np.array(n_keeps) / len(units.label),
            "mean_test_score": scores.mean(axis=1),
            "std_test_score": scores.std(axis=1),
        }
        return n_keeps[one_standard_error(scores)]

    def _store(self, units: Units, ranking: Ranking, chosen: NDArray[np.intp]) -> None:
        stays = np.zeros(units.n_units, dtype=bool)
        stays[chosen] = True
        # Behind those that were ranked come the units that never vary.
        place = np.full(units.n_units, len(ranking.order), dtype=np.intp)
        place[ranking.order] = np.arange(len(ranking.order))
        place[stays] = -1
        rank = np.unique(place, return_inverse=True)[1] + 1
        self.support_ = stays[units.label]
        self.ranking_ = rank[units.label]
        self.importances_ = ranking.importances
        self.path_ = ranking.path
        self.n_features_ = int(self.support_.sum())
        self.sparsity_ = 1 - self.n_features_ / len(self.support_)

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.support_

    def get_metadata_routing(self) -> Any:
        """Say what `fit` takes, and what of that the estimator asks for.

        Returns
        -------
        routing : MetadataRequest or MetadataRouter
            A router where there is an `estimator`.
        """
        if self.estimator is None:
            return super().get_metadata_routing()
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(estimator=self.estimator, method_mapping=mapping)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = self._takes_nan()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags
