"""The parameters of the networks, each declared once.

``python tools/signatures.py`` writes the signatures and docstrings of the public
classes from here, and a test holds them to it.
"""

import math
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
)

from skprune.criteria import CRITERIA
from skprune.criteria.base import Criterion
from skprune.estimator.parameter import Parameter, at_least, one_of
from skprune.losses import REGRESSION
from skprune.schedules import SCHEDULES, Schedule

ACTIVATIONS, ACTIVATION_NAMES = one_of(["identity", "logistic", "tanh", "relu"])
SOLVERS, SOLVER_NAMES = one_of(["adam", "adamw", "sgd"])
RATES, RATE_NAMES = one_of(["constant", "invscaling", "adaptive"])
LOSS_OPTIONS, LOSS_NAMES = one_of(REGRESSION)

SHARED = (
    Parameter(
        "hidden_layer_sizes", "Any", "(100,)",
        ["array-like", at_least(1, Integral)],
        "array-like of int",
        "Neurons of each hidden layer before pruning.",
    ),
    Parameter(
        "activation", "str", '"relu"', [ACTIVATIONS], ACTIVATION_NAMES,
        "Activation of the hidden layers.",
    ),
    Parameter(
        "solver", "str", '"adam"', [SOLVERS], SOLVER_NAMES,
        "Optimizer; ``'adamw'`` decays the weights outside of the gradient.",
    ),
    Parameter(
        "momentum", "float", "0.9", [Interval(Real, 0, 1, closed="both")], "float",
        "Nesterov's momentum, for ``solver='sgd'``.",
    ),
    Parameter(
        "alpha", "float", "0.0001", [at_least(0)], "float",
        "Strength of the penalty in the dense phase. As in scikit-learn it is divided "
        "by the batch size, so that 0.1 does next to nothing and values of 1 to 3 are "
        "strong: a grid worth trying is 0.0001, 0.3, 1, 3.",
    ),
    Parameter(
        "batch_size", "Any", '"auto"',
        [StrOptions({"auto"}), at_least(1, Integral)],
        "int or 'auto'",
        "Rows of a step; ``'auto'`` is ``min(200, n_samples)``.",
    ),
    Parameter(
        "learning_rate", "str", '"constant"', [RATES], RATE_NAMES,
        "For ``solver='sgd'``, in the dense phase.",
    ),
    Parameter(
        "learning_rate_init", "float", "0.001",
        [Interval(Real, 0, None, closed="neither")],
        "float",
        "Size of the steps in the dense phase; the pruning phase goes by it.",
    ),
    Parameter(
        "max_iter", "int", "200", [at_least(1, Integral)], "int",
        "Epochs of the dense phase at most.",
    ),
    Parameter(
        "shuffle", "bool", "True", ["boolean"], "bool",
        "Whether each epoch takes the rows in an order of its own.",
    ),
    Parameter(
        "random_state", "Any", "None", ["random_state"],
        "int, RandomState instance or None",
        "An int makes two fits bit-equal.",
    ),
    Parameter(
        "tol", "float", "1e-4", [at_least(0)], "float",
        "An epoch that improves the loss by less counts as none.",
    ),
    Parameter(
        "verbose", "Any", "False", ["verbose"], "bool",
        "Whether to print each epoch, how long it took, and what came of them all.",
    ),
    Parameter(
        "warm_start", "bool", "False", ["boolean"], "bool",
        "Whether ``fit`` starts from the present network.",
    ),
    Parameter(
        "early_stopping", "bool", "False", ["boolean"], "bool",
        "Whether to set rows aside, stop on their loss, and keep the best epoch. "
        "Recommended: without it the dense phase may fit noise.",
    ),
    Parameter(
        "validation_fraction", "float", "0.1",
        [Interval(Real, 0, 1, closed="left")],
        "float",
        "Share of the rows set aside.",
    ),
    Parameter(
        "n_iter_no_change", "float", "10",
        [at_least(1, Integral), Options(Real, {math.inf})],
        "int or inf",
        "Epochs without improvement that end the dense phase.",
    ),
    Parameter(
        "sparsity", "Any", "0.9",
        [Interval(Real, 0, 1, closed="left"), StrOptions({"auto"})],
        "float or 'auto'",
        "Share of the units that goes, in [0, 1). 0 trains a dense network; ``'auto'`` "
        "prunes as far as the loss on the rows set aside stays within ``tolerance`` "
        "of the dense network's.",
    ),
    Parameter(
        "n_keep", "int | None", "None", [at_least(1, Integral), None], "int",
        "How many units stay, in place of the default ``sparsity``.",
    ),
    Parameter(
        "threshold", "float | None", "None", [at_least(0), None], "float",
        "Units whose score is below it go, in place of the default ``sparsity``.",
    ),
    Parameter(
        "granularity", "str", '"weight"', [StrOptions({"weight", "unit", "feature"})],
        "{'weight', 'unit', 'feature'}",
        "What a unit is: a weight, a hidden neuron, or an input column.",
    ),
    Parameter(
        "criterion", "Any", '"lamp"', [StrOptions(set(CRITERIA)), Criterion],
        "str or Criterion",
        "How units are ranked: a name from :mod:`skprune.criteria`, or one's own. Of "
        "input columns ``'lamp'`` means ``'reach'``.",
    ),
    Parameter(
        "schedule", "Any", '"cubic"', [StrOptions(set(SCHEDULES)), Schedule],
        "str or Schedule",
        "How fast they go: ``'one_shot'``, ``'linear'``, ``'cubic'``, "
        "``'iterative'``, ``'lottery'``, or one's own.",
    ),
    Parameter(
        "scope", "str", '"global"', [StrOptions({"global", "layer"})],
        "{'global', 'layer'}",
        "Whether units are ranked over the network or within each layer.",
    ),
    Parameter(
        "regrow", "str | None", "None",
        [StrOptions({"gradient", "random", "soft"}), None],
        "{'gradient', 'random', 'soft'}",
        "How units come back while the ramp is on.",
    ),
    Parameter(
        "prune_iter", "int | None", "None", [at_least(1, Integral), None], "int",
        "Epochs of pruning and recovery, half of each; with ``sparsity='auto'`` one "
        "half is the search, whose levels take an epoch or more each. None: the fewer "
        "steps an epoch has, the more epochs.",
    ),
    Parameter(
        "prune_alpha", "Any", '"auto"', [at_least(0), StrOptions({"auto"})],
        "float or 'auto'",
        "Strength of the penalty in the pruning phase, in the units of ``alpha``; "
        "``'auto'`` finds it from the data.",
    ),
    Parameter(
        "tolerance", "float", "0.002", [at_least(0)], "float",
        "For ``sparsity='auto'``.",
    ),
    Parameter(
        "l1_ratio", "float", "0.0", [Interval(Real, 0, 1, closed="both")], "float",
        "The penalty is ``alpha * (l1_ratio * abs(w) + (1 - l1_ratio) / 2 * w**2)``.",
    ),
    Parameter(
        "dropout", "float", "0.0", [Interval(Real, 0, 1, closed="left")], "float",
        "Share of the hidden activations zeroed while training.",
    ),
    Parameter(
        "n_bits", "int | None", "None", [Options(Integral, {4, 8}), None], "{8, 4}",
        "Round the weights, row by row, to so many bits; recovery trains around the "
        "rounded weights, and they are stored in that many bits.",
    ),
    Parameter(
        "n_networks", "int", "1", [at_least(1, Integral)], "int",
        "Networks trained from different seeds, whose predictions are averaged; small "
        "ones together, which costs far less than one after another.",
    ),
    Parameter(
        "teacher", "Any", "None",
        [StrOptions({"self"}), HasMethods(["fit", "get_params"]), None],
        "estimator or 'self'",
        "A model of any kind whose opinion is learnt beside the labels: probabilities, "
        "or predictions. One that is fitted is asked as it is; any other is fitted to "
        "parts of the rows and asked about the rest, so that no row is taught by a "
        "model that saw it. ``'self'``: in the pruning phase, the dense network or the "
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
        "rows set aside, whichever of 0 and 0.5 has the lower loss on their labels; "
        "otherwise 0.5.",
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
        "meaning": "Cells of each LSTM layer before pruning, from the inputs on.",
    },
    "activation": {"meaning": "Activation of the head's hidden layers."},
    "alpha": {
        "annotation": "Any",
        "default": '"auto"',
        "constraint": [at_least(0), StrOptions({"auto"})],
        "kind": "float or 'auto'",
        "meaning": "Strength of the penalty in the dense phase, divided by the batch "
        "size. ``'auto'`` is 0.0001, and a stronger one where it forecasts better.",
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
        "meaning": "What a unit is. ``'unit'``: a cell, across its four gates. "
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
