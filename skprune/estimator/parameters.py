"""The parameters of the networks, each declared once.

``python tools/signatures.py`` writes the signatures and docstrings of the public
classes from here, and a test holds them to it.
"""

from dataclasses import replace
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from skprune.estimator.parameter import Parameter, at_least, one_of
from skprune.estimator.training_parameters import PRUNING, TRAINING
from skprune.losses import REGRESSION

LOSS_OPTIONS, LOSS_NAMES = one_of(REGRESSION)

DATA = (
    Parameter(
        "teacher", "Any", "None",
        [StrOptions({"self"}), HasMethods(["fit", "get_params"]), None],
        "estimator or 'self'",
        "A model of any kind whose opinion is learnt beside the labels: probabilities, "
        "or predictions. One that is fitted is asked as it is; any other is fitted to "
        "parts of the rows and asked about the rest, so that no row is taught by a "
        "model that saw it; of few rows of numbers, also about such as lie between "
        "them. ``'self'``: in the pruning phase, the dense network or the "
        "mean of several. A fitted network is pickled without it.",
    ),
    Parameter(
        "teacher_cv", "Any", "None", ["cv_object"],
        "int, splitter, iterable or None",
        "Which rows a teacher is fitted to and asked about. None: 5 folds. Folds are "
        "shuffled, and stratified by class. Rows that are in no test fold learn from "
        "their labels alone.",
    ),
    Parameter(
        "teacher_weight", "Any", '"auto"',
        [Interval(Real, 0, 1, closed="both"), StrOptions({"auto"})],
        "float or 'auto'",
        "Targets are ``1 - teacher_weight`` parts label and the rest opinion. "
        "``'auto'`` is 0 where the opinion has a higher loss than a constant; with "
        "rows set aside, whichever of 0 and 0.5 gives the dense network the lower loss "
        "on their labels; otherwise 0.5.",
    ),
    Parameter(
        "mask_unreliable", "float | None", "None",
        [Interval(Real, 0, 1, closed="neither"), None],
        "float",
        "Share of the labels that may be wrong. In the pruning phase a row then counts "
        "by the probability that its label is right, given what models say that have "
        "not seen it; where they find no more to be wrong than chance explains, "
        "nothing changes. Of numbers the share that "
        ":func:`skprune.inspection.unreliable_rows` trusts least is left out. It takes "
        "fifteen fits more, of three networks each, and five forests.",
    ),
    Parameter(
        "memory", "Any", "None", [str, HasMethods(["cache"]), None],
        "str or object with ``cache``",
        "Where to cache the dense phase, so that a grid over ``sparsity`` trains it "
        "once a fold.",
    ),
    Parameter(
        "callbacks", "Any", "None", [list, tuple, None],
        "list of skorch callbacks",
        "Called in both phases.",
    ),
    Parameter(
        "device", "Any", '"cpu"', "no_validation", "str or torch.device",
        "Where to train.",
    ),
)  # fmt: skip

SHARED = (*TRAINING, *PRUNING, *DATA)

CLASSIFIER = (
    Parameter(
        "class_weight", "Any", "None", [dict, list, StrOptions({"balanced"}), None],
        "dict, 'balanced' or None",
        "Weights of the classes, in the loss and in the scores of units alike.",
    ),
)  # fmt: skip

REGRESSOR = (
    Parameter(
        "loss", "str", '"squared_error"', [LOSS_OPTIONS], LOSS_NAMES,
        "With ``'quantile'`` the prediction is a conditional quantile, with "
        "``'poisson'`` the rate of a count, whose logarithm the network gives.",
    ),
    Parameter(
        "quantile", "Any", "0.5",
        [Interval(Real, 0, 1, closed="neither"), "array-like"],
        "float or array-like of float",
        "Which quantile. Several, ascending, are forecast by one network, and never "
        "cross.",
    ),
)  # fmt: skip

COLUMNS = (
    Parameter(
        "groups", "Any", "None", ["array-like", None],
        "array-like of shape (n_features,) or list of str",
        "Columns that go together with ``granularity='feature'``, such as the dummies "
        "of a variable: a label for each column, or prefixes of column names. A unit "
        "is then a group, and ``sparsity`` a share of the groups.",
    ),
    Parameter(
        "always_keep", "Any", "None", ["array-like", None],
        "array-like of str, int or bool",
        "Columns that ``granularity='feature'`` never removes, as names, indices or a "
        "mask; with their groups.",
    ),
    Parameter(
        "monotonic_cst", "Any", "None", ["array-like", dict, None],
        "array-like of int of shape (n_features,), dict or None",
        "1 for a column with which the output may only rise, -1 fall, 0 neither; or by "
        "the names of columns, or of ``groups``, which cover their columns. The output "
        "is the probability of ``classes_[1]``, or the prediction; there is one. It "
        "holds for every input, before and after pruning.",
    ),
)  # fmt: skip

WINDOWS = (
    Parameter(
        "cell", "str", '"lstm"', [StrOptions({"lstm", "gru"})], "{'lstm', 'gru'}",
        "What a cell is: ``'lstm'`` for long short-term memory [1]_, ``'gru'`` for a "
        "gated recurrent unit [2]_, which has a quarter fewer weights.",
    ),
    Parameter(
        "dense_layer_sizes", "Any", "(25,)", ["array-like", at_least(1, Integral)],
        "array-like of int",
        "Hidden layers of the head, which reads the last layer's last state; may be "
        "empty.",
    ),
    Parameter(
        "n_timesteps", "int | None", "None", [at_least(1, Integral), None], "int",
        "Time steps of a row of ``n_timesteps * n_channels`` columns, oldest step "
        "first. None: each column is a step of one channel. A three-dimensional X says "
        "it itself, and so do columns of a DataFrame that are all called like "
        "``close_lag3`` or ``lag_1``, in whatever order they are.",
    ),
    Parameter(
        "clip_norm", "float | None", "1.0",
        [Interval(Real, 0, None, closed="neither"), None],
        "float or None",
        "Gradients whose norm is larger are scaled down to it.",
    ),
)  # fmt: skip

FOR_WINDOWS: dict[str, dict[str, Any]] = {
    "hidden_layer_sizes": {
        "default": "(50, 50)",
        "meaning": "Cells of each recurrent layer before pruning, from the inputs on.",
    },
    "activation": {"meaning": "Activation of the head's hidden layers."},
    "alpha": {
        "annotation": "Any",
        "default": '"auto"',
        "constraint": [at_least(0), StrOptions({"auto"})],
        "kind": "float or 'auto'",
        "meaning": "Strength of the penalty in the dense phase, divided by the batch "
        "size. ``'auto'`` is 0.0001, and a stronger one where it forecasts "
        "better, or where rows are fewer than 250.",
    },
    "batch_size": {
        "meaning": "Rows of a step; ``'auto'``: from 16 to 64, or all of few.",
    },
    "max_iter": {
        "meaning": "Epochs of the dense phase at most. How many are best is rehearsed: "
        "the first rows forecast the last ``validation_fraction``.",
    },
    "validation_fraction": {
        "default": "0.2",
        "meaning": "Share of the rows set aside, or forecast in the rehearsal.",
    },
    "early_stopping": {
        "meaning": "Whether to stop on, and keep the best epoch by, the loss of the "
        "*last* ``validation_fraction`` of the rows. With targets of shape (n, "
        "horizon), the ``horizon - 1`` rows before them are left out, as their targets "
        "overlap.",
    },
    "granularity": {
        "constraint": [StrOptions({"weight", "unit", "feature", "lag"})],
        "kind": "{'weight', 'unit', 'feature', 'lag'}",
        "meaning": "What a unit is. ``'unit'``: a cell, across its gates. "
        "``'feature'``: an input channel, at every step. ``'lag'``: a time step, which "
        "is skipped, as if rows were shorter; a factor for each step is then trained "
        "along.",
    },
    "dropout": {"meaning": "Share of the activations between layers zeroed."},
    "teacher_cv": {
        "meaning": "Which rows a teacher is fitted to and asked about. None: 5 parts "
        "of the time after the first, each by a teacher that knows what was before, "
        "without the rows between whose targets overlap. Rows that are in no test fold "
        "learn from their labels alone.",
    },
}
"""What is different for networks that read windows."""


def _windowed() -> tuple[Parameter, ...]:
    changed = [replace(p, **FOR_WINDOWS.get(p.name, {})) for p in SHARED]
    return (*changed[:2], *WINDOWS, *changed[2:])


CLASSES = {
    "PrunedMLPClassifier": (*SHARED, *COLUMNS, *CLASSIFIER),
    "PrunedMLPRegressor": (*SHARED, *COLUMNS, *REGRESSOR),
    "PrunedLSTMClassifier": (*_windowed(), *CLASSIFIER),
    "PrunedLSTMRegressor": (*_windowed(), *REGRESSOR),
}
"""The parameters of each public class, in the order of its signature."""

N_POSITIONAL = 2
"""So many may be given by position, as in scikit-learn."""


def constraints_of(name: str) -> dict[str, Any]:
    """Return the constraints of a public class's parameters."""
    return {p.name: p.constraint for p in CLASSES[name]}


def store_parameters(estimator: Any, given: dict[str, Any]) -> None:
    """Set what ``__init__`` was given, its ``locals()``, as attributes."""
    vars(estimator).update({k: v for k, v in given.items() if k != "self"})
