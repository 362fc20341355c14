"""The report: what is asked of whom, in which order."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, validate_params

from skprune.inspection.evidence.comparison import compare
from skprune.inspection.evidence.drift import score_drift
from skprune.inspection.evidence.flips import Flips, find_flips
from skprune.inspection.evidence.groups import (
    group_rows,
    labels_of,
    mean_target,
    weakest_first,
)
from skprune.inspection.evidence.inputs import input_rows
from skprune.inspection.evidence.judging import calibration_of, judge_of
from skprune.inspection.evidence.noise import noise_rows
from skprune.inspection.evidence.provenance import provenance
from skprune.inspection.evidence.refits import Refits, refit
from skprune.inspection.evidence.result import CalibrationRow, PruningEvidence
from skprune.inspection.evidence.sizes import latency_rows, size_rows
from skprune.inspection.evidence.task import Answers, Task
from skprune.inspection.layers import layer_rows
from skprune.inspection.subject import Subject

Array = NDArray[Any]


@validate_params(
    {
        "estimator": [HasMethods(["fit", "predict"])],
        "X": "no_validation",
        "y": ["array-like"],
        "X_train": "no_validation",
        "y_train": ["array-like", None],
        "dense": [HasMethods(["predict"]), None],
        "challenger": [HasMethods(["predict"]), None],
        "segments": ["array-like", str, None],
        "periods": ["array-like", str, None],
        "reference": "no_validation",
        "threshold": [Interval(Real, 0, 1, closed="neither")],
        "n_seeds": [Interval(Integral, 0, None, closed="left")],
        "n_bootstrap": [Interval(Integral, 0, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def pruning_report(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    X_train: Any = None,
    y_train: Any = None,
    dense: Any = None,
    challenger: Any = None,
    segments: Any = None,
    periods: Any = None,
    reference: Any = None,
    threshold: float = 0.5,
    n_seeds: int = 3,
    n_bootstrap: int = 200,
    random_state: Any = None,
) -> PruningEvidence:
    """Report on a pruned network as a validation asks: on rows it has not seen.

    The pruned network is put beside the dense one and, if there is one, beside a
    challenger: by its scores, its decisions, within segments and periods, under
    noise, and by what it reads, holds and costs.

    Parameters
    ----------
    estimator : network of skprune, or Pipeline or search that ends in one
        Fitted: pruned, quantised, or the mean of several networks.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows to judge by, raw as the estimator takes them.
    y : array-like of shape (n_samples,)
        Their targets.
    X_train, y_train : as X and y, default=None
        The rows that the estimator was fitted to. They are needed for what has to be
        fitted: the dense network unless it is given, and networks of other seeds.
    dense : estimator, default=None
        The dense network, fitted. None: the estimator's own with ``sparsity=0``, from
        the same seed, is fitted to the training rows.
    challenger : estimator, default=None
        Any fitted model of the same target, such as the present champion.
    segments : array-like of shape (n_samples,) or str, default=None
        A label for each row, or a column of X: models are compared within each.
    periods : array-like of shape (n_samples,) or str, default=None
        Likewise, in their order, such as months.
    reference : {array-like, sparse matrix}, default=None
        Rows to compare the distributions of scores and inputs with; None: those of
        ``X_train``, where there are some.
    threshold : float, default=0.5
        Of two classes the last is decided for where its probability is above it. Of
        several the likeliest is.
    n_seeds : int, default=3
        How many networks of other seeds are fitted, each dense and pruned.
    n_bootstrap : int, default=200
        Draws for the intervals; 0 leaves them undefined.
    random_state : int, RandomState instance or None, default=None
        For seeds, draws and noise.

    Returns
    -------
    evidence : PruningEvidence
        Typed figures; ``to_frame``, ``to_json`` and ``to_html`` hand them on.

    Raises
    ------
    TypeError
        If the estimator is no network of skprune, or another model none of its kind.
    NotFittedError
        If a model is not fitted.
    ValueError
        If there is no dense network and nothing to fit it to, if there are several
        targets, or if rows, labels or classes do not go together.

    See Also
    --------
    skprune.metrics : The scores on their own.

    Notes
    -----
    Scores are AUC, Gini coefficient, KS distance, Brier score, expected calibration
    error over tenths of the rows, accuracy, recall, precision and F1 for two classes;
    for several those of them that are defined, as means over the classes; R2, root
    mean squared, mean absolute and mean error for numbers. Differences are paired:
    all models are scored on the same bootstrap draws [1]_. Seeds differ by chance
    alone, so that flips between seeds tell how many flips mean nothing [2]_.

    References
    ----------
    .. [1] Efron, B., Tibshirani, R., "An Introduction to the Bootstrap", Chapman and
       Hall, 1993.
    .. [2] Milani Fard, M., Cormier, Q., Canini, K., Gupta, M., "Launch and Iterate:
       Reducing Prediction Churn", NeurIPS, 2016.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.inspection import pruning_report
    >>> X, y = make_classification(600, random_state=0)
    >>> clf = PrunedMLPClassifier((10,), early_stopping=True, random_state=0)
    >>> clf = clf.fit(X[:400], y[:400])
    >>> evidence = pruning_report(
    ...     clf,
    ...     X[400:],
    ...     y[400:],
    ...     X_train=X[:400],
    ...     y_train=y[:400],
    ...     n_seeds=1,
    ...     n_bootstrap=20,
    ...     random_state=0,
    ... )
    >>> evidence.to_frame().loc["AUC", ["dense", "pruned"]].min() > 0.8
    np.True_
    >>> evidence.sizes[2].name, evidence.sizes[2].dense, evidence.sizes[2].pruned
    ('weights', 210, 21)
    """
    subject = Subject.of_estimator(estimator)
    task = Task.of_estimator(subject.model, threshold)
    check_consistent_length(X, y)
    targets = task.targets(y)
    # What is wrong with labels is better known before anything is fitted.
    groups = [
        None if given is None else labels_of(given, X, name)
        for name, given in (("segments", segments), ("periods", periods))
    ]
    draws = check_random_state(random_state)
    refits = _refits(subject, X_train, y_train, dense, n_seeds, draws)
    fitted_dense = refits.dense if dense is None else dense
    models = {"dense": fitted_dense, "pruned": subject.model}
    if challenger is not None:
        models["challenger"] = challenger
    answers = {name: task.ask(model, X, name) for name, model in models.items()}
    basis = X_train if reference is None else reference
    before = (
        {}
        if basis is None
        else {name: task.ask(model, basis, name) for name, model in models.items()}
    )
    judges = {name: judge_of(task, targets, one) for name, one in answers.items()}
    compared = compare(judges, len(targets), n_bootstrap, draws)
    grouped = [
        ()
        if labels is None
        else group_rows(
            task,
            targets,
            answers,
            labels,
            n_bootstrap,
            draws,
            before["pruned"].score if before else None,
        )
        for labels in groups
    ]
    two = {name: models[name] for name in ("dense", "pruned")}
    return PruningEvidence(
        title=_title(subject),
        n_rows=len(targets),
        target=mean_target(task, targets),
        positive=str(task.classes[1]) if task.is_binary else None,  # type: ignore[index]
        threshold=task.threshold if task.is_binary else None,
        metrics=compared,
        calibration=_calibration(targets, answers),
        flips=_flips(task, targets, X, answers, refits, dense),
        segments=weakest_first(grouped[0]),
        periods=grouped[1],
        drift=score_drift(before, answers) if before else {},
        noise=noise_rows(task, targets, X, two, answers, draws),
        inputs=input_rows(
            subject, refits.other_pruned, None if basis is None else (basis, X)
        ),
        layers=layer_rows(subject.network),
        sizes=(*size_rows(models), *latency_rows(models, X)),
        provenance=provenance(subject.network, random_state, X, y, X_train, y_train),
        notes=_notes(X_train, n_seeds, basis),
    )


def _refits(
    subject: Subject,
    X_train: Any,
    y_train: Any,
    dense: Any,
    n_seeds: int,
    draws: RandomState,
) -> Refits:
    if (X_train is None) != (y_train is None):
        raise ValueError("X_train and y_train go together: give both, or neither.")
    if X_train is None:
        if dense is None:
            raise ValueError(
                "There is no dense network to compare with: give X_train and y_train, "
                "so that it can be fitted, or dense, fitted."
            )
        return Refits(None, (), ())
    return refit(
        subject,
        X_train,
        y_train,
        with_dense=dense is None,
        n_seeds=n_seeds,
        draws=draws,
    )


def _flips(
    task: Task,
    y: Array,
    X: Any,
    answers: Mapping[str, Answers],
    refits: Refits,
    dense: Any,
) -> Flips | None:
    if task.classes is None:
        return None
    own = [] if dense is not None else [answers["dense"]]
    other_dense = [task.ask(model, X, "dense") for model in refits.other_dense]
    other_pruned = [task.ask(model, X, "pruned") for model in refits.other_pruned]
    return find_flips(
        task,
        y,
        np.asarray(getattr(X, "index", np.arange(len(y)))),
        answers["dense"],
        answers["pruned"],
        # A dense network that was given may be another one altogether.
        [*own, *other_dense],
        [answers["pruned"], *other_pruned],
    )


def _calibration(
    y: Array, answers: Mapping[str, Answers]
) -> tuple[CalibrationRow, ...]:
    rows = []
    for name, one in answers.items():
        if one.decided is None:
            return ()
        for mean, share, n in zip(*calibration_of(y, one).points(), strict=True):
            rows.append(CalibrationRow(name, float(mean), float(share), int(n)))
    return tuple(rows)


def _title(subject: Subject) -> str:
    network = subject.network
    several = f" of {network.n_networks} networks" if network.n_networks > 1 else ""
    bits = f", {network.n_bits} bits" if network.n_bits else ""
    return f"{type(network).__name__}{several}, sparsity {network.sparsity_:.1%}{bits}"


def _notes(X_train: Any, n_seeds: int, basis: Any) -> tuple[str, ...]:
    found = []
    if X_train is None or not n_seeds:
        found.append(
            "No networks of other seeds were fitted, so that nothing tells how many "
            "decisions flip by chance: give X_train and y_train, and n_seeds."
        )
    if basis is None:
        found.append(
            "No reference was given, so that nothing tells how far scores and inputs "
            "have moved."
        )
    return tuple(found)
