"""A pruned LSTM network that classifies."""

from typing import Any

from skprune.estimator.classification import PrunedClassifier
from skprune.estimator.parameters import constraints_of, store_parameters
from skprune.estimator.windowed import WindowedNetwork


class PrunedLSTMClassifier(WindowedNetwork, PrunedClassifier):
    r"""An LSTM network that classifies windows and is pruned while it trains.

    Stacked layers of LSTM cells [1]_ read a window, or of gated recurrent units [2]_
    with ``cell="gru"``; a dense head turns the last state into probabilities.
    :func:`skprune.time_series.sliding_windows` makes the windows.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default=(50, 50)
        Cells of each recurrent layer before pruning, from the inputs on.
    activation : {'identity', 'logistic', 'tanh', 'relu'}, default='relu'
        Activation of the head's hidden layers.
    cell : {'lstm', 'gru'}, default='lstm'
        What a cell is: ``'lstm'`` for long short-term memory [1]_, ``'gru'`` for a
        gated recurrent unit [2]_, which has a quarter fewer weights.
    dense_layer_sizes : array-like of int, default=(25,)
        Hidden layers of the head, which reads the last layer's last state; may be
        empty.
    n_timesteps : int, default=None
        Time steps of a row of ``n_timesteps * n_channels`` columns, oldest step first.
        None: each column is a step of one channel. A three-dimensional X says it
        itself, and so do columns of a DataFrame that are all called like ``close_lag3``
        or ``lag_1``, in whatever order they are.
    clip_norm : float or None, default=1.0
        Gradients whose norm is larger are scaled down to it.
    solver : {'adam', 'adamw', 'sgd'}, default='adam'
        Optimizer; ``'adamw'`` decays the weights outside of the gradient.
    momentum : float, default=0.9
        Nesterov's momentum, for ``solver='sgd'``.
    alpha : float or 'auto', default='auto'
        Strength of the penalty in the dense phase, divided by the batch size.
        ``'auto'`` is 0.0001, and a stronger one where it forecasts better, or where
        rows are fewer than 250.
    batch_size : int or 'auto', default='auto'
        Rows of a step; ``'auto'``: from 16 to 64, or all of few.
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        For ``solver='sgd'``, in the dense phase.
    learning_rate_init : float, default=0.001
        Size of the steps in the dense phase; the pruning phase goes by it.
    max_iter : int, default=200
        Epochs of the dense phase at most. How many are best is rehearsed: the first
        rows forecast the last ``validation_fraction``.
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
        Whether to stop on, and keep the best epoch by, the loss of the *last*
        ``validation_fraction`` of the rows. With targets of shape (n, horizon), the
        ``horizon - 1`` rows before them are left out, as their targets overlap.
    validation_fraction : float, default=0.2
        Share of the rows set aside, or forecast in the rehearsal.
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
    granularity : {'weight', 'unit', 'feature', 'lag'}, default='weight'
        What a unit is. ``'unit'``: a cell, across its gates. ``'feature'``: an input
        channel, at every step. ``'lag'``: a time step, which is skipped, as if rows
        were shorter; a factor for each step is then trained along.
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
        Share of the activations between layers zeroed.
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
        Which rows a teacher is fitted to and asked about. None: 5 parts of the time
        after the first, each by a teacher that knows what was before, without the rows
        between whose targets overlap. Rows that are in no test fold learn from their
        labels alone.
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
    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, in the loss and in the scores of units alike.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    sparsity_ : float
        Share of the units removed. All other attributes of
        :class:`PrunedLSTMRegressor` are here too.

    See Also
    --------
    PrunedLSTMRegressor : The same for forecasts.

    References
    ----------
    .. [1] Hochreiter, S., Schmidhuber, J., "Long short-term memory", Neural
       Computation 9, 1997.
    .. [2] Cho, K., et al., "Learning phrase representations using RNN encoder-decoder
       for statistical machine translation", EMNLP, 2014.

    Examples
    --------
    Whether a window's last value is its largest:

    >>> import numpy as np
    >>> from skprune import PrunedLSTMClassifier
    >>> X = np.random.default_rng(0).normal(size=(400, 6))
    >>> y = X.argmax(axis=1) == 5
    >>> lstm = PrunedLSTMClassifier(
    ...     (16,),
    ...     dense_layer_sizes=(),
    ...     sparsity=0.7,
    ...     learning_rate_init=0.02,
    ...     max_iter=60,
    ...     prune_iter=30,
    ...     early_stopping=True,
    ...     random_state=0,
    ... ).fit(X[:300], y[:300])
    >>> lstm.score(X[300:], y[300:]) > 0.85
    True
    """

    _parameter_constraints = constraints_of("PrunedLSTMClassifier")

    def __init__(
        self,
        hidden_layer_sizes: Any = (50, 50),
        activation: str = "relu",
        *,
        cell: str = "lstm",
        dense_layer_sizes: Any = (25,),
        n_timesteps: int | None = None,
        clip_norm: float | None = 1.0,
        solver: str = "adam",
        momentum: float = 0.9,
        alpha: Any = "auto",
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
        validation_fraction: float = 0.2,
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
        class_weight: Any = None,
    ) -> None:
        store_parameters(self, locals())
