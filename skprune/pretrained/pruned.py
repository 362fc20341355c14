"""From a trained network to a pruned estimator."""

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _check_feature_names

from skprune.estimator.attributes import forget
from skprune.estimator.given import Given
from skprune.estimator.targets import SCALINGS
from skprune.losses import get_loss
from skprune.mlp import PrunedMLPClassifier, PrunedMLPRegressor
from skprune.pretrained.sources import read

OWN = {
    "hidden_layer_sizes": "the network has its own",
    "activation": "the network has its own",
    "warm_start": "there is nothing yet to go on with",
}
"""Parameters that say nothing of a network that is trained already, and why."""


def prune(
    estimator: Any, X: Any, y: Any, *, sparsity: Any = 0.9, **params: Any
) -> PrunedMLPClassifier | PrunedMLPRegressor:
    """Prune a network that is already trained, and let it recover.

    The network is taken as it is, and goes through the pruning phase of our own: cut
    down along the schedule, it recovers on the rows given. Before the first cut it
    predicts what it did, but that weights of float64 become float32.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, torch.nn.Sequential or skorch.NeuralNet
        Trained; it is left as it is. A ``torch.nn.Sequential``, alone or in a skorch
        network, has linear layers with one activation between them.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Rows to recover on, prepared as those that the network was trained on.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their targets. Of a network of torch they also tell whether its outputs are
        classes.
    sparsity : float or 'auto', default=0.9
        Share of the units that goes, in [0, 1); 0 returns the network as it is.
    **params : dict
        Other parameters of :class:`~skprune.PrunedMLPClassifier` or
        :class:`~skprune.PrunedMLPRegressor`, such as ``granularity``,
        ``early_stopping``, ``prune_iter`` and ``random_state``. With
        ``monotonic_cst`` the weights that go against it are gone from the first cut on.

    Returns
    -------
    pruned : PrunedMLPClassifier or PrunedMLPRegressor
        Fitted; in its ``pruning_report_`` the dense network is the one given.

    Raises
    ------
    TypeError
        If ``estimator`` is no network of these libraries.
    NotFittedError
        If it is not trained.
    ValueError
        If it has layers that are not known, if rows, targets or parameters do not go
        with it, or if what is left stops being finite.
    KeyboardInterrupt
        If the user interrupts; there is then no pruned network.

    See Also
    --------
    PrunedMLPClassifier : Trains the network too.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.neural_network import MLPClassifier
    >>> from skprune import prune
    >>> X, y = make_classification(600, 20, random_state=0)
    >>> dense = MLPClassifier(max_iter=50, early_stopping=True, random_state=0)
    >>> clf = prune(dense.fit(X[:400], y[:400]), X[:400], y[:400], random_state=0)
    >>> clf.score(X[400:], y[400:]) > dense.score(X[400:], y[400:]) - 0.01
    True
    >>> report = clf.pruning_report_
    >>> report.dense.nonzeros, report.pruned.nonzeros
    (2100, 210)
    """
    refused = [f"{name} ({why})" for name, why in OWN.items() if name in params]
    if refused:
        raise ValueError(f"Leave out what can't be chosen here: {', '.join(refused)}.")
    given = read(estimator, y)
    if hasattr(estimator, "feature_names_in_"):
        _check_feature_names(estimator, X, reset=False)
    pruned = _like(given, {"sparsity": sparsity, **params})
    pruned.__dict__.update(_learnt_of_targets(pruned, given, y), _given=given)
    pruned.fit(X, y)
    forget(pruned, "_given")
    return pruned


def _like(
    given: Given, params: dict[str, Any]
) -> PrunedMLPClassifier | PrunedMLPRegressor:
    """Return an estimator of the network's shape, its parameters valid."""
    own: dict[str, Any] = {
        "hidden_layer_sizes": given.widths[1:-1],
        "activation": given.activation,
    }
    if given.classes is None:
        own["loss"] = "poisson" if given.out_activation == "exp" else "squared_error"
    cls = PrunedMLPRegressor if given.classes is None else PrunedMLPClassifier
    pruned = cls(**(own | params))
    pruned._validate_params()
    return pruned


def _learnt_of_targets(pruned: Any, given: Given, y: Any) -> dict[str, Any]:
    """Return what ``fit`` would else learn of the targets, as attributes."""
    if given.classes is not None:
        return {"classes_": given.classes, "_multilabel": given.multilabel}
    loss = get_loss(pruned.loss)
    if loss.out_activation != given.out_activation:
        raise ValueError(
            f"The outputs of the network are predictions by {given.out_activation}, "
            f"those of loss={pruned.loss!r} are by {loss.out_activation}."
        )
    columns = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
    columns = columns.reshape(len(columns), -1)
    if columns.shape[1] != given.widths[-1]:
        raise ValueError(
            f"y has {columns.shape[1]} outputs, but the network has {given.widths[-1]}."
        )
    scaling = SCALINGS[str(loss.scaling)].fit(columns, None)
    # A target that is constant here may be none to the network; and the unit stays.
    ever = np.full_like(scaling.n_rows, np.inf)
    return {"_scaling": replace(scaling, scale=scaling.divisor, n_rows=ever)}
