"""Which training rows cannot be trusted."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, check_consistent_length, check_random_state
from sklearn.utils._param_validation import HasMethods, validate_params

from skprune.estimator.base import BasePrunedNetwork
from skprune.estimator.doubt import judged, table
from skprune.estimator.truth import Truth

Array = NDArray[Any]
Floats = NDArray[np.float64]


@validate_params(
    {
        "estimator": [HasMethods(["fit", "predict"])],
        "X": "no_validation",
        "y": ["array-like"],
        "cv": ["cv_object"],
    },
    prefer_skip_nested_validation=True,
)
def unreliable_rows(estimator: Any, X: Any, y: Any, cv: Any = 5) -> Floats:
    """Return how little each training row can be trusted.

    Each row is judged by models that have not seen it: the estimator without
    pruning, two pruned siblings of it and a forest, in each fold. A row scores high
    where they find its label unlikely, and where the models that have seen it fit it
    badly: a row that a dense network has learnt by heart is the first that pruning
    forgets [1]_, and of the forest those trees are asked that grew without the row.
    Both are ranked, and the score is the mean of the ranks. The four judges count as
    much as their predictions of unseen rows are worth: by the exponents under which
    the product of them, a logarithmic opinion pool [4]_, makes the labels likeliest. A
    judge of no skill has none.

    Parameters
    ----------
    estimator : network of skprune, or Pipeline that ends in one
        Fitted or not; its clones are fitted, with early stopping.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows that it is to learn from, raw as the estimator takes them.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their targets.
    cv : int, splitter or iterable, default=5
        Which rows judge which. The folds of a number are shuffled, and stratified by
        class; those of windows are parts of the time.

    Returns
    -------
    score : ndarray of shape (n_samples,)
        In [0, 1], high where a row cannot be trusted; NaN where it is in no test fold.

    Raises
    ------
    TypeError
        If the estimator is no network of skprune.
    ValueError
        If the rows are unusable.

    See Also
    --------
    PrunedMLPClassifier : Counts such rows for less with ``mask_unreliable``.

    Notes
    -----
    With five folds fifteen models are fitted, each the mean of three networks, and five
    forests; siblings share their dense phases. The forest is there as it is of another
    kind: its errors are not those of networks, so that a label which all find unlikely
    is wrong more often [3]_. A rare row is hard to tell from a wrong one: look at rows
    before they are removed. How far the judges disagree among themselves is no part
    of the score, as that is highest between the classes, whatever the label.

    References
    ----------
    .. [1] Hooker, S., Courville, A., Clark, G., Dauphin, Y., Frome, A., "What Do
       Compressed Deep Neural Networks Forget?", arXiv:1911.05248, 2019.
    .. [2] Northcutt, C., Jiang, L., Chuang, I., "Confident Learning: Estimating
       Uncertainty in Dataset Labels", Journal of Artificial Intelligence Research 70,
       2021.
    .. [3] Brodley, C., Friedl, M., "Identifying Mislabeled Training Data", Journal of
       Artificial Intelligence Research 11, 1999.
    .. [4] Genest, C., Zidek, J., "Combining Probability Distributions: A Critique and
       an Annotated Bibliography", Statistical Science 1, 1986.

    Examples
    --------
    >>> import numpy as np
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.inspection import unreliable_rows
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> y = (X.ravel() > 0).astype(int)
    >>> y[20] = 1
    >>> clf = PrunedMLPClassifier(
    ...     (10,), learning_rate_init=0.01, max_iter=60, prune_iter=20, random_state=0
    ... )
    >>> int(unreliable_rows(clf, X, y, cv=3).argmax())
    20
    """
    network, path = _network_of(estimator)
    check_consistent_length(X, y)
    is_label = is_classifier(network)
    targets = check_array(
        y, ensure_2d=False, dtype=None if is_label else np.float64, input_name="y"
    )
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets.ravel()
    truth = Truth.of_targets(targets, is_label=is_label)
    draws = check_random_state(network.random_state)
    cut_seed, seed = draws.randint(np.iinfo(np.int32).max, size=2).tolist()
    rows = table(X)
    folds = _folds(network, cv, rows, targets, cut_seed)
    return judged(estimator, path, rows, truth, folds, {}, seed).doubt()


def _network_of(estimator: Any) -> tuple[Any, str]:
    """Return the network, and what stands before the names of its parameters."""
    if isinstance(estimator, Pipeline):
        name, network = estimator.steps[-1]
        path = f"{name}__"
    else:
        network, path = estimator, ""
    if not isinstance(network, BasePrunedNetwork):
        raise TypeError(
            "unreliable_rows takes a network of skprune, or a Pipeline that ends in "
            f"one, not {type(network).__name__}."
        )
    return network, path


def _folds(
    network: Any, cv: Any, X: Any, y: Array, seed: int
) -> Sequence[tuple[Array, Array]]:
    if cv is None or isinstance(cv, Integral):
        n_folds = 5 if cv is None else int(cv)
        series = network._layout.series(X, y, None, len(y))
        found: Sequence[tuple[Array, Array]] = network._layout.folds(
            network, y, n_folds, seed, series
        )
        return found
    return list(check_cv(cv, y, classifier=is_classifier(network)).split(X, y))
