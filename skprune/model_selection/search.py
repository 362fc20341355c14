"""`SparsitySearchCV`: the path, cross-validated, and a choice of level."""

import time
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import _fit_context
from sklearn.callback import with_callbacks
from sklearn.exceptions import NotFittedError
from sklearn.metrics import check_scoring
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from skprune.estimator.attributes import forget, unchanged_on_error
from skprune.estimator.callback_tree import PathProgress, say_nothing
from skprune.model_selection.agreement import column_frequency, sizes
from skprune.model_selection.folds import Result, score_folds
from skprune.model_selection.last_step import name_of_sparsity, network_of, prepare
from skprune.model_selection.path import path_of
from skprune.model_selection.plan import Plan
from skprune.model_selection.results import for_sklearn, settle_failures, table_of
from skprune.model_selection.rules import BEST, ONE_SE, chosen

Array = NDArray[Any]

OF_A_CHOICE = (
    *("best_index_", "best_params_", "best_sparsity_", "best_score_"),
    *("best_estimator_", "path_", "refit_time_", "feature_names_in_"),
)
"""What a fit before may have left that this one need not bring."""


class SparsitySearchCV(BaseSearchCV):
    """Cross-validate a path of sparsities, and choose a level.

    Where ``GridSearchCV`` over ``sparsity`` fits a network for each level and fold, one
    network a fold goes through all levels here, and the folds of small networks are
    trained together: see the page on choosing the sparsity for what that saves.

    Parameters
    ----------
    estimator : estimator
        One of skprune's networks, or a Pipeline that ends in one: what comes before the
        network is fitted once a fold, to the fold's training rows.
    sparsities : array-like of float, default=None
        The levels, in [0, 1); 0 is the dense network. None: ten of them, spaced evenly
        in the logarithm of what is kept, from the dense network to the sparsest one
        that keeps a unit in each layer.
    param_grid : dict or list of dict, default=None
        Other parameters to search over, as ``GridSearchCV`` takes them; each
        combination is a path.
    cv : int, cross-validation generator or iterable, default=None
        Folds; five by default, stratified for classifiers.
    scoring : str, callable, list, tuple or dict, default=None
        As ``GridSearchCV`` takes it; the estimator's own ``score`` by default.
    rule : {'one_se', 'best'}, float or callable, default='one_se'
        Which level is taken. ``'best'``: the one with the highest mean score, the
        sparsest of equals. ``'one_se'``: the sparsest whose mean score is within one
        standard error of the best one's, over folds, with ddof 1. A float: the
        sparsest within so much of the best. A callable is given ``cv_results_`` and
        returns an index. Of several metrics the one that ``refit`` names is read. A
        fold that failed at every level is left out.
    refit : bool or str, default=True
        Whether to train the path on all rows; the name of a metric where there are
        several.
    n_jobs : int, default=None
        Jobs, of which each trains up to five folds of a small network together, or one
        fold of a large one. The result doesn't depend on it.
    memory : str or object with ``cache``, default=None
        Keeps the phases of finished folds, so that a search that was interrupted goes
        on where it stood. The network's own ``memory`` by default.
    error_score : 'raise' or float, default=np.nan
        The score of a fold that fails.
    verbose : int, default=0
        How much to print: 1 the number of folds, 2 each score, 3 each epoch.

    Attributes
    ----------
    best_sparsity_ : float
        The level taken, as it was asked for.
    best_estimator_ : estimator
        Fitted to all rows, at that level (with `refit`).
    best_score_ : float
        Its mean score over folds.
    best_params_ : dict
        Its parameters that were searched over.
    best_index_ : int
        Its row in ``cv_results_``.
    path_ : SparsityPath
        The models at all levels, fitted to all rows (with `refit`).
    cv_results_ : dict
        A table as ``GridSearchCV`` has it, a row a level, with the sizes of networks
        beside the scores (``split0_n_nonzero``, ``mean_n_nonzero``, ``mean_n_bytes``,
        ``mean_n_columns``), and ``column_agreement``: how far folds agree on the
        columns that are read, as the mean Jaccard index of two of them. Times are
        shared out evenly over what was trained together.
    column_frequency_ : ndarray of shape (n_candidates, n_columns)
        In what share of folds a network of the level reads each input column.
    column_names_ : ndarray of shape (n_columns,)
        Names of these columns, which in a Pipeline are those that reach the network.
    scorer_ : callable or dict
    n_splits_ : int
    multimetric_ : bool
    refit_time_ : float
        Seconds that the path on all rows took.
    classes_, n_features_in_, feature_names_in_, feature_importances_
        Those of ``best_estimator_``.

    See Also
    --------
    sparsity_path : The path alone.
    sklearn.model_selection.GridSearchCV : A fit for each level and fold.

    References
    ----------
    T. Hastie, R. Tibshirani and J. Friedman, "The Elements of Statistical Learning",
    Springer, 2009, section 7.10.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier, SparsitySearchCV
    >>> X, y = make_classification(300, 10, random_state=0)
    >>> clf = PrunedMLPClassifier((16,), max_iter=40, tol=0.01, random_state=0)
    >>> search = SparsitySearchCV(clf, sparsities=[0, 0.5, 0.9], cv=3).fit(X, y)
    >>> search.best_sparsity_
    0.9
    >>> search.at(0.5).n_nonzero_
    88
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit", "get_params"])],
        "sparsities": ["array-like", None],
        "param_grid": [dict, list, None],
        "cv": ["cv_object"],
        "scoring": BaseSearchCV._parameter_constraints["scoring"],
        "rule": [
            StrOptions({BEST, ONE_SE}),
            Interval(Real, 0, None, closed="left"),
            callable,
        ],
        "refit": ["boolean", str],
        "n_jobs": [Integral, None],
        "memory": [str, HasMethods(["cache"]), None],
        "error_score": [StrOptions({"raise"}), Real],
        "verbose": ["verbose"],
    }

    # What scikit-learn's searches ask for beside.
    return_train_score = False

    def __init__(
        self,
        estimator: Any,
        *,
        sparsities: Any = None,
        param_grid: Any = None,
        cv: Any = None,
        scoring: Any = None,
        rule: Any = ONE_SE,
        refit: Any = True,
        n_jobs: int | None = None,
        memory: Any = None,
        error_score: Any = np.nan,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.sparsities = sparsities
        self.param_grid = param_grid
        self.cv = cv
        self.scoring = scoring
        self.rule = rule
        self.refit = refit
        self.n_jobs = n_jobs
        self.memory = memory
        self.error_score = error_score
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=False)
    @with_callbacks
    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Train and score the folds' paths, choose a level, and train the path.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        **params : dict
            What goes to the estimator's ``fit``, the scorers and the splitter, as in
            ``GridSearchCV``: without metadata routing ``groups`` go to the splitter and
            all else to the estimator, ``sample_weight`` to scorers too.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            If the estimator is neither a network of ours nor a Pipeline ending in one.
        ValueError
            If levels or parameters are unusable, or all folds fail. What was fitted
            before is then left as it was.
        KeyboardInterrupt
            If the user interrupts; the same holds. With ``memory`` another call goes on
            from the phases that were over.
        """
        plan = Plan.of_search(self, X, y, params)
        n_tasks = plan.n_groups + bool(self.refit)
        root = self._init_callback_context(max_subtasks=n_tasks)
        root.call_on_fit_task_begin(**plan.known)
        with unchanged_on_error(self):
            forget(self, *OF_A_CHOICE)
            metric = self._compare(plan, root)
            if self.refit or not self.multimetric_:
                self._choose(metric)
            if self.refit:
                self._refit(plan, metric, root)
        root.call_on_fit_task_end(**plan.known)
        return self

    def _compare(self, plan: Plan, root: Any) -> Any:
        """Fill the table; return the metric that the choice goes by."""
        self.n_splits_ = len(plan.splits)
        found = self._score_all(plan, root)
        table = table_of(plan.candidates, found, len(plan.splits))
        settle_failures(table, self.scoring, self.error_score)
        self.multimetric_ = isinstance(table[0][0]["test_scores"], dict)
        self.cv_results_ = {
            **self._format_results(
                plan.each_level(), len(plan.splits), for_sklearn(table)
            ),
            **sizes(table),
        }
        self.column_frequency_, self.column_names_ = column_frequency(table)
        self.scorer_ = getattr(plan.scoring.scorer, "_scorers", plan.scoring.scorer)
        if not (callable(self.scoring) and self.multimetric_):
            return plan.metric
        self._check_refit_for_multimetric(table[0][0]["test_scores"])
        return self.refit

    def _score_all(self, plan: Plan, root: Any) -> list[list[list[Result]]]:
        """Return the results of each group of folds, in jobs."""
        if self.verbose:
            n_folds, n_tasks = len(plan.splits), plan.n_groups
            print(f"Training paths over {n_folds} folds, in {n_tasks} tasks.")
        tasks = []
        for candidate, folds in plan.groups():
            # Only where somebody listens do tasks carry the search along.
            listened = {}
            if getattr(self, "_skl_callbacks", None):
                context = root.subcontext(task_name="folds", max_subtasks=None)
                listened = {"context": context, "known": plan.known}
            tasks.append((candidate.estimator, folds, listened))
        rows = plan.X, plan.y
        return Parallel(n_jobs=self.n_jobs)(
            delayed(score_folds)(estimator, rows, folds, plan.scoring, **listened)
            for estimator, folds, listened in tasks
        )

    def _choose(self, metric: str) -> None:
        params = self.cv_results_["params"]
        name = name_of_sparsity(self.estimator)
        sparsities = np.array([one[name] for one in params])
        self.best_index_ = chosen(self.cv_results_, sparsities, self.rule, metric)
        self.best_params_ = params[self.best_index_]
        self.best_sparsity_ = float(sparsities[self.best_index_])
        self.best_score_ = self.cv_results_[f"mean_test_{metric}"][self.best_index_]

    def _refit(self, plan: Plan, metric: Any, root: Any) -> None:
        """Train the path of the best combination on all rows."""
        best = plan.candidate_at(self.best_index_).estimator
        context = root.subcontext(task_name="refit", max_subtasks=None)
        context.call_on_fit_task_begin(**plan.known)
        began = time.perf_counter()
        network = network_of(best)
        self.path_ = path_of(
            network,
            prepare(best, plan.X, plan.y, plan.scoring.fit_params),
            plan.candidate_at(self.best_index_).levels,
            self._scorer_of_path(metric),
            network.memory if self.memory is None else self.memory,
            PathProgress(context, plan.known),
            print if self.verbose > 2 else say_nothing,
        )
        self.refit_time_ = time.perf_counter() - began
        context.call_on_fit_task_end(**plan.known)
        self.best_estimator_ = self.path_.at(self.best_sparsity_)
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_

    def _scorer_of_path(self, metric: str) -> Any:
        """Return what scores the levels of the path on the rows of the path."""
        if isinstance(self.scorer_, dict):
            return self.scorer_[metric]
        if callable(self.scoring):
            return check_scoring(self.estimator)
        return self.scorer_

    def at(self, sparsity: float) -> Any:
        """Return the model of another level, fitted to all rows.

        Nothing is trained: it is one of ``path_``.

        Parameters
        ----------
        sparsity : float
            One of the levels.

        Returns
        -------
        estimator : estimator
            Fitted, at that level.

        Raises
        ------
        NotFittedError
            If the search is not fitted.
        AttributeError
            If it is not refitted.
        ValueError
            If the path has no such level.
        """
        self._demand_path("at")
        return self.path_.at(sparsity)

    def _demand_path(self, name: str) -> None:
        if not self.refit:
            raise AttributeError(
                f"This {type(self).__name__} instance was initialized with "
                f"refit={self.refit}. {name} is available only after refitting on the "
                "best parameters."
            )
        check_is_fitted(self)

    @property
    def feature_importances_(self) -> Array:
        """Importances of the network's input columns, at the level taken."""
        try:
            self._demand_path("feature_importances_")
        except NotFittedError as error:
            # hasattr must be False before fit.
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute "
                "'feature_importances_' before fit"
            ) from error
        return network_of(self.best_estimator_).feature_importances_
