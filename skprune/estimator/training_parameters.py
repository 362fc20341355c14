"""The parameters of training and of pruning that all networks share."""

import math
from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, Options, StrOptions

from skprune.criteria import CRITERIA
from skprune.criteria.base import Criterion
from skprune.estimator.parameter import Parameter, at_least, one_of
from skprune.schedules import SCHEDULES, Schedule

ACTIVATIONS, ACTIVATION_NAMES = one_of(["identity", "logistic", "tanh", "relu"])
SOLVERS, SOLVER_NAMES = one_of(["adam", "adamw", "sgd"])
RATES, RATE_NAMES = one_of(["constant", "invscaling", "adaptive"])

TRAINING = (
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
)  # fmt: skip

PRUNING = (
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
)  # fmt: skip
