"""LSTM networks whose sparsity is a hyperparameter."""

from numbers import Real
from typing import Any

from sklearn.utils._param_validation import Interval, StrOptions

from skprune.classification import ClassifierFace
from skprune.lstm_face import LSTMFace
from skprune.regression import RegressorFace


class PrunedLSTMRegressor(RegressorFace, LSTMFace):
    r"""A forecasting LSTM network that is pruned while it trains.

    Stacked LSTM layers [1]_ read a window, a dense head turns the last state into
    a forecast. :func:`skprune.time_series.sliding_windows` makes the windows.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default=(50, 50)
        Cells of each LSTM layer, from the inputs on.
    activation : {'identity', 'logistic', 'tanh', 'relu'}, default='relu'
        Of the head's hidden layers.
    dense_layer_sizes : array-like of int, default=(25,)
        Hidden layers of the head, which reads the last layer's last state; may
        be empty.
    n_timesteps : int, default=None
        Time steps of a row of ``n_timesteps * n_channels`` columns, oldest step
        first. None: each column is a step of one channel. A three-dimensional X
        says it itself.
    clip_norm : float or None, default=1.0
        Gradients whose norm is larger are scaled down to it [2]_.
    solver, momentum, alpha, batch_size, learning_rate, learning_rate_init : optional
        As in :class:`sklearn.neural_network.MLPRegressor`, and so are the next ones.
    max_iter, shuffle, random_state, tol, verbose, warm_start : optional
        How long, in which order, from which seed; what is told; where to begin.
    n_iter_no_change : float, default=10
        Epochs without progress by ``tol`` before the dense phase ends.
    early_stopping : bool, default=False
        Whether to stop on, and keep the best epoch by, the loss of the *last*
        ``validation_fraction`` of the rows. With targets of shape (n, horizon),
        the ``horizon - 1`` rows before them are left out, as their targets overlap.
    validation_fraction : float, default=0.1
        See ``early_stopping``.
    sparsity : float or 'auto', default=0.9
        Share of the units that is removed.
    n_keep : int, default=None
        How many units stay, instead of ``sparsity``.
    threshold : float, default=None
        Units whose score is below it go, instead of ``sparsity``.
    granularity : {'weight', 'unit', 'feature', 'lag'}, default='weight'
        What a unit is. ``'unit'``: a cell, across its four gates. ``'feature'``:
        an input channel, at every step. ``'lag'``: a time step, which is skipped,
        as if rows were shorter; a factor for each step is then trained along.
    criterion, schedule, scope, regrow, prune_iter, tolerance, l1_ratio : optional
        As in :class:`skprune.PrunedMLPClassifier`; ``granularity='lag'`` needs
        ``regrow=None``.
    dropout : float, default=0.0
        Share of the activations between layers zeroed while training.
    n_bits : {8, 4}, default=None
        Round the weights to so many bits, as there; a row of an LSTM layer is what
        a gate reads of its inputs and of the last state. Steps' factors stay exact.
    n_networks : int, default=1
        Networks trained from different seeds, whose predictions are averaged; each
        is one of ``estimators_``.
    memory, callbacks, device : optional
        As there, too.
    loss : {'squared_error', 'quantile'}, default='squared_error'
        With ``'quantile'`` the forecast is the conditional quantile.
    quantile : float, default=0.5
        Which one, in (0, 1).

    Attributes
    ----------
    n_timesteps_, n_channels_ : int
        How the columns of a row are read.
    sparsity_ : float
        Share of the units removed.
    module_ : torch.nn.Module
        The compact network, before the output activation.
    coefs_, intercepts_ : list of ndarray
        Weights and biases of the compact network. An LSTM layer's are of shape
        (n_inputs + n_cells, 4 * n_cells) and (4 * n_cells,), with torch's order of
        the gates: input, forget, cell, output.
    feature_importances_ : ndarray of shape (n_features,)
        Importance of each column; 0 where nothing reads it.
    estimators_ : list of PrunedLSTMRegressor
        Fitted estimators of one network each; only with ``n_networks`` above 1.
    pruning_report_ : PruningReport
        The dense network beside the pruned one.

    References
    ----------
    .. [1] Hochreiter, S., Schmidhuber, J., "Long short-term memory", Neural
       Computation 9, 1997.
    .. [2] Pascanu, R., Mikolov, T., Bengio, Y., "On the difficulty of training
       recurrent neural networks", ICML, 2013.

    Examples
    --------
    A wave, five steps ahead at once:

    >>> import numpy as np
    >>> from skprune import PrunedLSTMRegressor
    >>> from skprune.time_series import sliding_windows
    >>> wave = np.sin(np.arange(300) / 5)
    >>> X, y = sliding_windows(wave[:, None], wave, window=12, horizon=5)
    >>> lstm = PrunedLSTMRegressor(
    ...     (16,),
    ...     dense_layer_sizes=(),
    ...     granularity="unit",
    ...     sparsity=0.5,
    ...     learning_rate_init=0.02,
    ...     max_iter=60,
    ...     prune_iter=30,
    ...     random_state=0,
    ...     early_stopping=True,
    ...     n_iter_no_change=20,
    ... ).fit(X[:200], y[:200])
    >>> lstm.score(X[204:], y[204:]) > 0.9
    True
    >>> lstm.module_.network.layers[0]
    LSTM(1, 8, batch_first=True)
    """

    _parameter_constraints = {
        **LSTMFace._parameter_constraints,
        "loss": [StrOptions({"squared_error", "quantile"})],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (50, 50),
        activation: str = "relu",
        *,
        dense_layer_sizes: Any = (25,),
        n_timesteps: int | None = None,
        clip_norm: float | None = 1.0,
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
        self.dense_layer_sizes = dense_layer_sizes
        self.n_timesteps = n_timesteps
        self.clip_norm = clip_norm
        self.loss = loss
        self.quantile = quantile


class PrunedLSTMClassifier(ClassifierFace, LSTMFace):
    r"""An LSTM network that classifies windows and is pruned while it trains.

    Stacked LSTM layers [1]_ read a window, a dense head turns the last state into
    probabilities. :func:`skprune.time_series.sliding_windows` makes the windows.

    Parameters
    ----------
    hidden_layer_sizes : array-like of int, default=(50, 50)
        Cells of each LSTM layer, from the inputs on.
    activation, dense_layer_sizes, n_timesteps, clip_norm : optional
        As in :class:`PrunedLSTMRegressor`, like all that follow but the last.
    solver, momentum, alpha, batch_size, learning_rate, learning_rate_init : optional
        How the network learns.
    max_iter, shuffle, random_state, tol, verbose, warm_start : optional
        How long, in which order, from which seed; what is told; where to begin.
    early_stopping, validation_fraction, n_iter_no_change : optional
        When to stop; the rows set aside are the last ones.
    sparsity, n_keep, threshold, tolerance : optional
        How much goes.
    granularity, criterion, schedule, scope, regrow, prune_iter : optional
        What goes, and how.
    l1_ratio, dropout, n_bits, n_networks : optional
        Other ways to make a network small, smooth or steady.
    memory, callbacks, device : optional
        Caching, callbacks, and where to train.
    class_weight : dict, list of dict or 'balanced', default=None
        Weights of the classes in the loss and in the importance scores.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes.
    sparsity_ : float
        Share of the units removed. All other attributes of
        :class:`PrunedLSTMRegressor` are here too.

    See Also
    --------
    PrunedLSTMRegressor : The same for forecasts, with all parameters.

    References
    ----------
    .. [1] Hochreiter, S., Schmidhuber, J., "Long short-term memory", Neural
       Computation 9, 1997.

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
    >>> lstm.score(X[300:], y[300:]) > 0.9
    True
    """

    _parameter_constraints = {
        **LSTMFace._parameter_constraints,
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        hidden_layer_sizes: Any = (50, 50),
        activation: str = "relu",
        *,
        dense_layer_sizes: Any = (25,),
        n_timesteps: int | None = None,
        clip_norm: float | None = 1.0,
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
        self.dense_layer_sizes = dense_layer_sizes
        self.n_timesteps = n_timesteps
        self.clip_norm = clip_norm
        self.class_weight = class_weight
