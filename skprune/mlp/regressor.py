"""A pruned multi-layer perceptron for regression."""

from typing import Any

from skprune.estimator.layouts import Columns
from skprune.estimator.monotone import KnownMonotonicity
from skprune.estimator.parameters import constraints_of, store_parameters
from skprune.estimator.regression import PrunedRegressor
from skprune.networks.mlp.kind import MLP_KIND


class PrunedMLPRegressor(KnownMonotonicity, PrunedRegressor):
    r"""A multi-layer perceptron regressor that is pruned while it trains.

    Takes the place of :class:`sklearn.neural_network.MLPRegressor`. Each target is
    centred and scaled inside, so that its unit does not matter.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default=(100,)
        Neurons of each hidden layer before pruning.
    activation : {'identity', 'logistic', 'tanh', 'relu'}, default='relu'
        Activation of the hidden layers.
    solver : {'adam', 'adamw', 'sgd'}, default='adam'
        Optimizer; ``'adamw'`` decays the weights outside of the gradient.
    momentum : float, default=0.9
        Nesterov's momentum, for ``solver='sgd'``.
    alpha : float, default=0.0001
        Strength of the penalty in the dense phase. As in scikit-learn it is divided by
        the batch size, so that 0.1 does next to nothing and values of 1 to 3 are
        strong: a grid worth trying is 0.0001, 0.3, 1, 3.
    batch_size : int or 'auto', default='auto'
        Rows of a step; ``'auto'`` is ``min(200, n_samples)``.
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        For ``solver='sgd'``, in the dense phase.
    learning_rate_init : float, default=0.001
        Size of the steps in the dense phase; the pruning phase goes by it.
    max_iter : int, default=200
        Epochs of the dense phase at most.
    shuffle : bool, default=True
        Whether each epoch takes the rows in an order of its own.
    random_state : int, RandomState instance or None, default=None
        An int makes two fits bit-equal.
    tol : float, default=1e-4
        An epoch that improves the loss by less counts as none.
    verbose : bool, default=False
        Whether to print each epoch, how long it took, and what came of them all.
    warm_start : bool, default=False
        Whether ``fit`` starts from the present network.
    early_stopping : bool, default=False
        Whether to set rows aside, stop on their loss, and keep the best epoch.
        Recommended: without it the dense phase may fit noise.
    validation_fraction : float, default=0.1
        Share of the rows set aside.
    n_iter_no_change : int or inf, default=10
        Epochs without improvement that end the dense phase.
    sparsity : float or 'auto', default=0.9
        Share of the units that goes, in [0, 1). 0 trains a dense network; ``'auto'``
        prunes as far as the loss on the rows set aside stays within ``tolerance`` of
        the dense network's.
    n_keep : int, default=None
        How many units stay, in place of the default ``sparsity``.
    threshold : float, default=None
        Units whose score is below it go, in place of the default ``sparsity``.
    granularity : {'weight', 'unit', 'feature'}, default='weight'
        What a unit is: a weight, a hidden neuron, or an input column.
    criterion : str or Criterion, default='lamp'
        How units are ranked: a name from :mod:`skprune.criteria`, or one's own. Of
        input columns ``'lamp'`` means ``'reach'``.
    schedule : str or Schedule, default='cubic'
        How fast they go: ``'one_shot'``, ``'linear'``, ``'cubic'``, ``'iterative'``,
        ``'lottery'``, or one's own.
    scope : {'global', 'layer'}, default='global'
        Whether units are ranked over the network or within each layer.
    regrow : {'gradient', 'random', 'soft'}, default=None
        How units come back while the ramp is on.
    prune_iter : int, default=None
        Epochs of pruning and recovery, half of each; with ``sparsity='auto'`` one half
        is the search, whose levels take an epoch or more each. None: the fewer steps an
        epoch has, the more epochs.
    prune_alpha : float or 'auto', default='auto'
        Strength of the penalty in the pruning phase, in the units of ``alpha``;
        ``'auto'`` finds it from the data.
    tolerance : float, default=0.002
        For ``sparsity='auto'``.
    l1_ratio : float, default=0.0
        The penalty is ``alpha * (l1_ratio * abs(w) + (1 - l1_ratio) / 2 * w**2)``.
    dropout : float, default=0.0
        Share of the hidden activations zeroed while training.
    n_bits : {8, 4}, default=None
        Round the weights, row by row, to so many bits; recovery trains around the
        rounded weights, and they are stored in that many bits.
    n_networks : int, default=1
        Networks trained from different seeds, whose predictions are averaged; small
        ones together, which costs far less than one after another.
    teacher : estimator or 'self', default=None
        A model of any kind whose opinion is learnt beside the labels: probabilities, or
        predictions. One that is fitted is asked as it is; any other is fitted to parts
        of the rows and asked about the rest, so that no row is taught by a model that
        saw it; of few rows of numbers, also about such as lie between them. ``'self'``:
        in the pruning phase, the dense network or the mean of several. A fitted network
        is pickled without it.
    teacher_cv : int, splitter, iterable or None, default=None
        Which rows a teacher is fitted to and asked about. None: 5 folds. Folds are
        shuffled, and stratified by class. Rows that are in no test fold learn from
        their labels alone.
    teacher_weight : float or 'auto', default='auto'
        Targets are ``1 - teacher_weight`` parts label and the rest opinion. ``'auto'``
        is 0 where the opinion has a higher loss than a constant; with rows set aside,
        whichever of 0 and 0.5 gives the dense network the lower loss on their labels;
        otherwise 0.5.
    mask_unreliable : float, default=None
        Share of the labels that may be wrong. In the pruning phase a row then counts by
        the probability that its label is right, given what models say that have not
        seen it; where they find no more to be wrong than chance explains, nothing
        changes. Of numbers the share that :func:`skprune.inspection.unreliable_rows`
        trusts least is left out. It takes fifteen fits more, of three networks each,
        and five forests.
    memory : str or object with ``cache``, default=None
        Where to cache the dense phase, so that a grid over ``sparsity`` trains it once
        a fold.
    callbacks : list of skorch callbacks, default=None
        Called in both phases.
    device : str or torch.device, default='cpu'
        Where to train.
    groups : array-like of shape (n_features,) or list of str, default=None
        Columns that go together with ``granularity='feature'``, such as the dummies of
        a variable: a label for each column, or prefixes of column names. A unit is then
        a group, and ``sparsity`` a share of the groups.
    always_keep : array-like of str, int or bool, default=None
        Columns that ``granularity='feature'`` never removes, as names, indices or a
        mask; with their groups.
    monotonic_cst : array-like of int of shape (n_features,), dict or None, default=None
        1 for a column with which the output may only rise, -1 fall, 0 neither; or by
        the names of columns, or of ``groups``, which cover their columns. The output is
        the probability of ``classes_[1]``, or the prediction; there is one. It holds
        for every input, before and after pruning.
    loss : {'squared_error', 'quantile', 'poisson'}, default='squared_error'
        With ``'quantile'`` the prediction is a conditional quantile, with ``'poisson'``
        the rate of a count, whose logarithm the network gives.
    quantile : float or array-like of float, default=0.5
        Which quantile. Several, ascending, are forecast by one network, and never
        cross.

    Attributes
    ----------
    sparsity_ : float
        Share of the units removed. All other attributes of
        :class:`PrunedMLPClassifier` but ``classes_`` are here too.
    loss_ : float
        Like ``best_loss_``, ``loss_curve_`` and the validation scores in squared
        units of the target, or its units for quantiles; with several outputs,
        averages over outputs of unit size times their mean scale.

    See Also
    --------
    PrunedMLPClassifier : The same for classification.

    References
    ----------
    .. [1] Koenker, R., Bassett, G., "Regression quantiles", Econometrica 46, 1978.

    Examples
    --------
    >>> from sklearn.datasets import make_friedman1
    >>> from skprune import PrunedMLPRegressor
    >>> X, y = make_friedman1(1000, random_state=0)
    >>> net = PrunedMLPRegressor((32, 16), learning_rate_init=0.01, random_state=0)
    >>> net.fit(X[:800], y[:800]).score(X[800:], y[800:]) > 0.9
    True
    """

    _parameter_constraints = constraints_of("PrunedMLPRegressor")
    _kind, _layout = MLP_KIND, Columns()

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        momentum: float = 0.9,
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        sparsity: Any = 0.9,
        n_keep: int | None = None,
        threshold: float | None = None,
        granularity: str = "weight",
        criterion: Any = "lamp",
        schedule: Any = "cubic",
        scope: str = "global",
        regrow: str | None = None,
        prune_iter: int | None = None,
        prune_alpha: Any = "auto",
        tolerance: float = 0.002,
        l1_ratio: float = 0.0,
        dropout: float = 0.0,
        n_bits: int | None = None,
        n_networks: int = 1,
        teacher: Any = None,
        teacher_cv: Any = None,
        teacher_weight: Any = "auto",
        mask_unreliable: float | None = None,
        memory: Any = None,
        callbacks: Any = None,
        device: Any = "cpu",
        groups: Any = None,
        always_keep: Any = None,
        monotonic_cst: Any = None,
        loss: str = "squared_error",
        quantile: Any = 0.5,
    ) -> None:
        store_parameters(self, locals())
