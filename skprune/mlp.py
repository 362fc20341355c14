"""Multi-layer perceptrons whose sparsity is a hyperparameter."""

from numbers import Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

from skprune.classification import ClassifierFace
from skprune.mlp_face import MLPFace
from skprune.regression import RegressorFace


class PrunedMLPClassifier(ClassifierFace, MLPFace):
    r"""A multi-layer perceptron classifier that is pruned while it trains.

    Takes the place of :class:`sklearn.neural_network.MLPClassifier`: what both
    have has the same name, meaning and default. After a dense phase of at most
    ``max_iter`` epochs the network is cut down along ``schedule`` and recovers; what
    predicts is a smaller network, without the units and weights that went.

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
        Strength of the penalty, divided by the batch size as in scikit-learn.
    batch_size : int or 'auto', default='auto'
        Rows of a step; ``'auto'`` is ``min(200, n_samples)``.
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        For ``solver='sgd'``, in the dense phase.
    learning_rate_init : float, default=0.001
        Size of the steps. Pruning takes steps of twice that size, and recovery
        lets them shrink.
    max_iter : int, default=200
        Epochs of the dense phase at most.
    shuffle : bool, default=True
        Whether each epoch takes the rows in an order of its own.
    random_state : int, RandomState instance or None, default=None
        An int makes two fits bit-equal.
    tol : float, default=1e-4
        An epoch that improves the loss by less counts as none.
    verbose : bool, default=False
        Whether to print each epoch.
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
        Share of the units that goes, in [0, 1). 0 trains a dense network;
        ``'auto'`` prunes as far as the loss on the rows set aside stays within
        ``tolerance`` of the dense network's.
    n_keep : int, default=None
        How many units stay, instead of ``sparsity``.
    threshold : float, default=None
        Units whose score is below it go, instead of ``sparsity``.
    granularity : {'weight', 'unit', 'feature'}, default='weight'
        What a unit is: a weight, a hidden neuron, or an input column.
    criterion : str or Criterion, default='lamp'
        How units are ranked: a name from :mod:`skprune.criteria`, or one's own.
    schedule : str or Schedule, default='cubic'
        How fast they go: ``'one_shot'``, ``'linear'``, ``'cubic'`` [2]_,
        ``'iterative'``, ``'lottery'``, or one's own.
    scope : {'global', 'layer'}, default='global'
        Whether units are ranked over the network or within each layer.
    regrow : {'gradient', 'random', 'soft'}, default=None
        How units come back while the ramp is on.
    prune_iter : int, default=None
        Epochs of pruning and recovery, half of each. None: the fewer steps an
        epoch has, the more epochs.
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
        Networks trained from different seeds, whose predictions are averaged [3]_;
        small ones together, which costs far less than one after another.
    memory : str or object with ``cache``, default=None
        Where to cache the dense phase, so that a grid over ``sparsity`` trains it
        once a fold.
    callbacks : list of skorch callbacks, default=None
        Called in both phases.
    device : str or torch.device, default='cpu'
        Where to train.
    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, in the loss and in the scores of units alike.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    sparsity_ : float
        Share of the units removed.
    n_nonzero_ : int
        Weights of the compact network that are not zero.
    masks_ : dict of str to ndarray of bool
        For each pruned parameter of ``net_``, True where an entry was kept.
    coefs_, intercepts_ : list of ndarray
        Weights (fan_in, fan_out) and biases of the compact network.
    pruning_report_ : PruningReport
        The dense network beside the pruned one.
    feature_importances_ : ndarray of shape (n_features,)
        Share of each input column in the outputs; 0 where it is not read.
    net_ : skorch.NeuralNet
        The compact network, with the history of the fit.
    module_ : torch.nn.Module
        The compact network, before the output activation.
    estimators_ : list of PrunedMLPClassifier
        One for each of several networks. What describes a single one, such as
        ``masks_`` and ``coefs_``, is theirs; sizes here are sums.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of str
        Their names, where they have any.
    n_iter_ : int
        Epochs run, both phases together.
    n_layers_, n_outputs_ : int
        Layers and outputs.
    out_activation_ : str
        Output activation.
    t_ : int
        Rows seen.
    loss_, best_loss_, loss_curve_, validation_scores_, best_validation_score_
        As in scikit-learn, except that validation scores are negated losses.

    See Also
    --------
    PrunedMLPRegressor : The same for regression.
    PruningTransformer : Prunes input columns before any estimator.

    Notes
    -----
    Training always runs in single precision, on one thread; so do predictions.

    References
    ----------
    .. [1] Lee, J., Park, S., Mo, S., Ahn, S., Shin, J., "Layer-adaptive sparsity
       for the magnitude-based pruning", ICLR, 2021.
    .. [2] Zhu, M., Gupta, S., "To prune, or not to prune: exploring the efficacy
       of pruning for model compression", ICLR workshop, 2018.
    .. [3] Lakshminarayanan, B., Pritzel, A., Blundell, C., "Simple and scalable
       predictive uncertainty estimation using deep ensembles", NeurIPS, 2017.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier
    >>> X, y = make_classification(600, 20, random_state=0)
    >>> clf = PrunedMLPClassifier(sparsity=0.95, early_stopping=True, random_state=0)
    >>> clf.fit(X[:400], y[:400]).score(X[400:], y[400:]) > 0.9
    True
    >>> int(sum(mask.sum() for mask in clf.masks_.values()))
    105
    """

    _parameter_constraints = {
        **MLPFace._parameter_constraints,
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

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
        tolerance: float = 0.002,
        l1_ratio: float = 0.0,
        dropout: float = 0.0,
        n_bits: int | None = None,
        n_networks: int = 1,
        memory: Any = None,
        callbacks: Any = None,
        device: Any = "cpu",
        class_weight: Any = None,
    ):
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            momentum=momentum,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            sparsity=sparsity,
            n_keep=n_keep,
            threshold=threshold,
            granularity=granularity,
            criterion=criterion,
            schedule=schedule,
            scope=scope,
            regrow=regrow,
            prune_iter=prune_iter,
            tolerance=tolerance,
            l1_ratio=l1_ratio,
            dropout=dropout,
            n_bits=n_bits,
            n_networks=n_networks,
            memory=memory,
            callbacks=callbacks,
            device=device,
        )
        self.class_weight = class_weight


class PrunedMLPRegressor(RegressorFace, MLPFace):
    r"""A multi-layer perceptron regressor that is pruned while it trains.

    Takes the place of :class:`sklearn.neural_network.MLPRegressor`. Each target is
    centred and scaled inside, so that its unit does not matter.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default=(100,)
        Neurons of each hidden layer before pruning.
    activation, solver, momentum, alpha, batch_size, learning_rate : optional
        As in :class:`PrunedMLPClassifier`, like all that follow but the last two.
    learning_rate_init, max_iter, shuffle, random_state, tol : optional
        How long and how fast the dense phase trains.
    verbose, warm_start : optional
        Whether to print, and whether to go on from the present network.
    early_stopping, validation_fraction, n_iter_no_change : optional
        When to stop.
    sparsity, n_keep, threshold, tolerance : optional
        How much goes.
    granularity, criterion, schedule, scope, regrow, prune_iter : optional
        What goes, and how.
    l1_ratio, dropout, n_bits, n_networks : optional
        Other ways to make predictions small or smooth.
    memory, callbacks, device : optional
        Caching, skorch callbacks, and where to train.
    loss : {'squared_error', 'quantile'}, default='squared_error'
        With ``'quantile'`` the prediction is the conditional quantile [1]_.
    quantile : float, default=0.5
        Which one, in (0, 1).

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
    PrunedMLPClassifier : The same for classification, with all parameters.

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

    _parameter_constraints = {
        **MLPFace._parameter_constraints,
        "loss": [StrOptions({"squared_error", "quantile"})],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

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
        tolerance: float = 0.002,
        l1_ratio: float = 0.0,
        dropout: float = 0.0,
        n_bits: int | None = None,
        n_networks: int = 1,
        memory: Any = None,
        callbacks: Any = None,
        device: Any = "cpu",
        loss: str = "squared_error",
        quantile: float = 0.5,
    ):
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            momentum=momentum,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            sparsity=sparsity,
            n_keep=n_keep,
            threshold=threshold,
            granularity=granularity,
            criterion=criterion,
            schedule=schedule,
            scope=scope,
            regrow=regrow,
            prune_iter=prune_iter,
            tolerance=tolerance,
            l1_ratio=l1_ratio,
            dropout=dropout,
            n_bits=n_bits,
            n_networks=n_networks,
            memory=memory,
            callbacks=callbacks,
            device=device,
        )
        self.loss = loss
        self.quantile = quantile
