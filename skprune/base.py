"""The template that every network estimator fits by."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context, is_classifier
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    check_memory,
    validate_data,
)

from skprune.ensemble import join_members, members_of
from skprune.fitted import FittedNetwork, pack_masks
from skprune.holdout import hold_out
from skprune.incremental import IncrementalFit
from skprune.inference import EnsemblePredictor, Layer
from skprune.parameters import SHARED
from skprune.progress import ContextProgress, say_nothing
from skprune.targets import Encoded
from skprune.validation import plainly_valid

if TYPE_CHECKING:
    from skprune.fitting import Problem, Task
    from skprune.training.data import Rows
    from skprune.training.outcome import Trained
    from skprune.training.plan import Architecture, DensePlan

Array = NDArray[Any]


class BasePrunedNetwork(
    CallbackSupportMixin, IncrementalFit, FittedNetwork, BaseEstimator, ABC
):
    """Validation, training, compaction: the same steps for every network."""

    _parameter_constraints: dict[str, list[Any]] = {**SHARED}

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
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.momentum = momentum
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.sparsity = sparsity
        self.n_keep = n_keep
        self.threshold = threshold
        self.granularity = granularity
        self.criterion = criterion
        self.schedule = schedule
        self.scope = scope
        self.regrow = regrow
        self.prune_iter = prune_iter
        self.tolerance = tolerance
        self.l1_ratio = l1_ratio
        self.dropout = dropout
        self.n_bits = n_bits
        self.n_networks = n_networks
        self.memory = memory
        self.callbacks = callbacks
        self.device = device

    @_fit_context(prefer_skip_nested_validation=True)
    @with_callbacks
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "BasePrunedNetwork":
        """Train, prune and compact a network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The rows.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows in the loss and in the importance scores; rows of
            weight 0 are left out.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the input is unusable, if two amounts are given, or if the loss
            stops being finite.
        """
        check_amount(self)
        metadata = {} if sample_weight is None else {"sample_weight": sample_weight}
        # Dense and pruning; a search for the sparsity recovers in a phase of its own.
        n_phases = 3 if self.sparsity == "auto" else 2
        # How many of several networks share their phases is found out on the way.
        context = self._init_callback_context(
            max_subtasks=n_phases if self.n_networks == 1 else None
        )
        context.call_on_fit_task_begin(estimator=self, X=X, y=y, metadata=metadata)
        tasks = self._prepare(X, y, sample_weight)
        progress = ContextProgress(self, context, X, y, metadata, self._snapshot)
        self._train(tasks, progress)
        context.call_on_fit_task_end(
            estimator=self, X=X, y=y, metadata=metadata, reconstruction_attributes={}
        )
        return self

    def _prepare(self, X: Any, y: Any, sample_weight: Any) -> list["Task"]:
        """Validate, and return what is to be fitted: one task for each network."""
        from skprune.fitting import weighted_rows

        again = self.warm_start and hasattr(self, "_predictor")
        self._forget_stream()
        X, y = self._validate(X, y, reset=not again)
        weight = self._row_weights(X, y, sample_weight)
        target = self._encode(y, weight, reset=not again)
        self.n_outputs_, self.out_activation_ = target.n_outputs, target.out_activation
        rows, target = weighted_rows(X, weight, target)
        return [
            member._task(rows, target, again=again)
            for member in members_of(self, again=again)
        ]

    def _task(self, rows: "Rows", target: Encoded, *, again: bool) -> "Task":
        from skprune.fitting import Task, make_job

        random_state = check_random_state(self.random_state)
        problem = self._problem(rows, target, random_state)
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        start = self._expand() if again else None
        return Task(self, problem, make_job(self, problem, seed, start))

    def _validate(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Array]:
        X, y = validate_data(
            self,
            X,
            y,
            reset=reset,
            accept_sparse="csr",
            dtype=np.float32,
            multi_output=True,
            y_numeric=not is_classifier(self),
        )
        return X, self._check_target(y)

    def _row_weights(self, X: Any, y: Array, sample_weight: Any) -> Array | None:
        if sample_weight is None:
            return None
        weight = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        if not weight.any():
            raise ValueError(
                "All values of sample_weight are zero: at least one row needs a "
                "positive weight."
            )
        return weight

    def _problem(self, rows: "Rows", target: Encoded, random_state: Any) -> "Problem":
        from skprune.fitting import Problem
        from skprune.training.job import Split

        if self.early_stopping or self.sparsity == "auto":
            train, valid = self._split(target.y, random_state)
            return Problem(rows, Split(train, valid), target)
        if len(rows) <= self._batch_size(len(rows)):
            return Problem(rows.canonical(), Split(), target)
        return Problem(rows, Split(), target)

    def _split(self, y: Array, random_state: Any) -> tuple[Array, Array]:
        """Return training and validation rows, given the encoded targets."""
        codes = None
        if is_classifier(self) and (y.ndim == 1 or y.shape[1] == 1):
            codes = y.ravel().astype(np.int32)
        train, valid = hold_out(len(y), self.validation_fraction, random_state, codes)
        if len(valid) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' "
                "or the size of your dataset."
            )
        return train, valid

    def _batch_size(self, n_rows: int) -> int:
        if self.batch_size == "auto":
            return min(200, n_rows)
        if self.batch_size > n_rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is "
                "going to be clipped",
                stacklevel=2,
            )
        return int(min(self.batch_size, n_rows))

    def _widths(self) -> tuple[int, ...]:
        sizes = np.atleast_1d(self.hidden_layer_sizes)
        if np.any(sizes <= 0):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {list(sizes)}.")
        return tuple(int(size) for size in sizes)

    def _train(self, tasks: list["Task"], progress: Any) -> None:
        from skprune.training.together import train_all

        found = train_all(
            [task.job for task in tasks],
            memory=check_memory(self.memory),
            progress=progress,
            log=print if self.verbose else say_nothing,
        )
        if not all(
            each.dense.converged or self.early_stopping or each.interrupted
            for each in found
        ):
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached "
                "and the optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=3,
            )
        for task, trained in zip(tasks, found, strict=True):
            task.estimator._record(task.problem, trained)
            task.estimator._adopt(task.problem, task.job.plan, trained)
        join_members(self, [task.estimator for task in tasks])

    def _adopt(self, problem: "Problem", plan: "DensePlan", trained: "Trained") -> None:
        """Store the compact network, and nothing that needs torch."""
        from skprune.fitting import summarise, with_weights

        module = with_weights(plan, trained.value, self.n_bits)
        dense = with_weights(plan, trained.dense.value)
        self._predictor, self._units = self._compact(module, self.n_bits)
        self._mask_bits = pack_masks(trained.masks)
        self._loss_name = plan.loss, plan.quantile
        self.sparsity_ = trained.sparsity
        self.n_layers_ = len(self._widths()) + 2
        summary = summarise(self, problem, plan, trained, dense, module)
        self.pruning_report_, self.feature_importances_ = summary

    @abstractmethod
    def _check_target(self, y: Array) -> Array:
        """Return a valid ``y``."""

    @abstractmethod
    def _encode(self, y: Array, weight: Array | None, *, reset: bool) -> Encoded:
        """Return the targets that the network sees."""

    @abstractmethod
    def _architecture(self) -> "Architecture":
        """Return the module to build."""

    @abstractmethod
    def _loss_scale(self) -> float:
        """Return what turns the loss of the network's targets into that of ``y``."""

    @abstractmethod
    def _compact(
        self, module: Any, n_bits: int | None = None
    ) -> tuple[Any, list[Array]]:
        """Return a predictor that does what the masked module does, in so many bits.

        Also for each hidden layer the indices of the units that it kept.
        """

    def _stored(
        self,
        layers: Sequence[tuple[Array, Array]],
        rows: Sequence[Array],
        module: Any,
        n_bits: int | None,
    ) -> list[Layer]:
        """Return compact layers as they are stored, the last in the units of ``y``.

        ``rows`` are those left of each layer of the module but the last. The scales
        are those of the module, as what is left of a row may lack its largest weight.
        """
        from skprune.quantisation import module_scales

        weight, bias = layers[-1]
        layers = [*layers[:-1], self._in_own_units(weight, bias)]
        if n_bits is None:
            return [Layer(*layer) for layer in layers]
        *hidden, last = (s.numpy() for s in module_scales(module, n_bits))
        scales = [scale[kept] for scale, kept in zip(hidden, rows, strict=True)]
        scales.append(self._in_own_units(last[:, None], bias)[0].ravel())
        pairs = zip(layers, scales, strict=True)
        return [Layer(*layer, n_bits, scale) for layer, scale in pairs]

    def _in_own_units(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Return an output layer that predicts in the units of ``y``."""
        return weight, bias

    def _in_unit_size(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Undo :meth:`_in_own_units`."""
        return weight, bias

    def _check_rows(self, X: Any) -> Any:
        """Return valid rows to predict for, as float64 or float32."""
        fitted = vars(self)
        if "_predictor" in fitted and "feature_names_in_" not in fitted:
            if plainly_valid(X, self.n_features_in_):
                return X
        check_is_fitted(self, "_predictor")
        return validate_data(
            self, X, reset=False, accept_sparse="csr", dtype=[np.float64, np.float32]
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _snapshot(self, nets: Sequence[Any]) -> dict[str, Any]:
        """Return the attributes that make a copy predict with the networks as they are.

        The copy has no more than it takes to predict.
        """
        from skprune.fitting import on_the_cpu

        found = [
            self._compact(on_the_cpu(self._architecture(), net))[0] for net in nets
        ]
        return {"_predictor": found[0] if len(found) == 1 else EnsemblePredictor(found)}

    @abstractmethod
    def _expand(self) -> Array:
        """Return all parameters of the full network, zeros where pruned."""


def check_amount(estimator: Any) -> None:
    """Refuse two amounts at once."""
    if estimator.n_keep is not None and estimator.threshold is not None:
        raise ValueError(
            "n_keep and threshold both say how much to prune; give only one of them."
        )
