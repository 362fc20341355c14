"""What LSTM estimators share: windows in, a recurrent network behind the template."""

from math import ceil
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from sklearn.utils._param_validation import Interval, StrOptions

from skprune.base import Array, BasePrunedNetwork
from skprune.inference.lstm import LSTMPredictor

if TYPE_CHECKING:
    from skprune.modules.compact_lstm import Arrays
    from skprune.training.plan import Architecture


class LSTMFace(BasePrunedNetwork):
    """The LSTM network behind the common template.

    Attributes
    ----------
    n_timesteps_, n_channels_ : int
        How the columns of a row are read.
    """

    _parameter_constraints = {
        **BasePrunedNetwork._parameter_constraints,
        "dense_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "n_timesteps": [Interval(Integral, 1, None, closed="left"), None],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "granularity": [StrOptions({"weight", "unit", "feature", "lag"})],
    }

    dense_layer_sizes: Any
    n_timesteps: int | None
    clip_norm: float | None
    _predictor: LSTMPredictor

    def _validate(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Array]:
        _refuse_sparse(X)
        cube = getattr(X, "shape", ()) if getattr(X, "ndim", 2) == 3 else None
        if not reset:
            X = self._as_rows(X)
        elif cube is not None:
            X = X.reshape(len(X), -1)
        rows, y = super()._validate(X, y, reset=reset)
        if reset:
            self.n_timesteps_ = self._count_steps(rows.shape[1], cube)
            self.n_channels_ = rows.shape[1] // self.n_timesteps_
        return rows, y

    def _count_steps(self, n_columns: int, cube: tuple[int, ...] | None) -> int:
        asked = self.n_timesteps
        if cube is not None:
            if asked not in (None, cube[1]):
                raise ValueError(
                    f"X has {cube[1]} time steps, but n_timesteps={asked}."
                )
            return cube[1]
        if asked is None:
            return n_columns
        if n_columns % asked:
            raise ValueError(
                f"X has {n_columns} columns, which are not n_timesteps={asked} steps "
                "of as many channels each."
            )
        return asked

    def _check_rows(self, X: Any) -> Any:
        _refuse_sparse(X)
        return super()._check_rows(self._as_rows(X))

    def _as_rows(self, X: Any) -> Any:
        if getattr(X, "ndim", 2) != 3 or not hasattr(self, "n_timesteps_"):
            return X
        fitted = (self.n_timesteps_, self.n_channels_)
        if X.shape[1:] != fitted:
            raise ValueError(
                f"X has {X.shape[1]} time steps of {X.shape[2]} channels, but "
                f"{type(self).__name__} is expecting {fitted[0]} of {fitted[1]}."
            )
        return X.reshape(len(X), -1)

    def _split(self, y: Array, random_state: Any) -> tuple[Array, Array]:
        """Validate on the last rows.

        The targets of the last training row reach ``horizon - 1`` steps into those
        of the first validation row, so that so many rows between them are left out.
        """
        n_valid = ceil(self.validation_fraction * len(y))
        n_train = len(y) - n_valid - (y.shape[1] - 1 if y.ndim == 2 else 0)
        if n_valid < 2 or n_train < 1:
            raise ValueError(
                "The validation set or what it leaves to train on is too small. "
                "Change 'validation_fraction' or the size of your dataset."
            )
        return np.arange(n_train), np.arange(len(y) - n_valid, len(y))

    def _dense_widths(self) -> tuple[int, ...]:
        sizes = np.atleast_1d(self.dense_layer_sizes)
        if np.any(sizes <= 0):
            raise ValueError(f"dense_layer_sizes must be > 0, got {list(sizes)}.")
        return tuple(int(size) for size in sizes)

    def _architecture(self) -> "Architecture":
        from skprune.training.plan import Architecture

        if not self._widths():
            raise ValueError("hidden_layer_sizes must name at least one LSTM layer.")
        if self.granularity == "lag" and self.regrow is not None:
            raise ValueError(
                "A time step that is skipped has no gradient to come back by: "
                "granularity='lag' needs regrow=None."
            )
        arguments = {
            "n_timesteps": self.n_timesteps_,
            "n_channels": self.n_channels_,
            "cells": self._widths(),
            "dense": self._dense_widths(),
            "n_outputs": self.n_outputs_,
            "activation": self.activation,
            "dropout": float(self.dropout),
            "lag_gates": self.granularity == "lag",
        }
        return Architecture("lstm", tuple(arguments.items()))

    def _adopt(self, problem: Any, plan: Any, trained: Any) -> None:
        super()._adopt(problem, plan, trained)
        self.n_layers_ += len(self._dense_widths())

    def _compact(
        self, module: Any, n_bits: int | None = None
    ) -> tuple[LSTMPredictor, list[Array]]:
        from skprune.compaction_lstm import compact_lstm
        from skprune.modules.compact_lstm import gate_rows

        found = compact_lstm(module)
        both = [
            (np.hstack([ih.numpy(), hh.numpy()]), bias.numpy())
            for ih, hh, bias in found.layers
        ]
        head = [(w.numpy(), b.numpy()) for w, b in found.head]
        cells = [kept.numpy() for kept in found.cells]
        units = [kept.numpy() for kept in found.units]
        rows = [*map(gate_rows, cells, self._widths()), *units]
        layers = self._stored([*both, *head], rows, module, n_bits)
        predictor = LSTMPredictor(
            layers[: len(cells)],
            layers[len(cells) :],
            module.n_channels,
            found.steps.numpy(),
            found.channels.numpy(),
            found.factors.numpy(),
            self.activation,
            self.out_activation_,
        )
        return predictor, [*cells, *units]

    def _arrays(self) -> "Arrays":
        from skprune.modules.compact_lstm import Arrays

        parts = self._predictor
        cells, head = (
            [(layer.dense, layer.bias[:, 0]) for layer in layers]
            for layers in (parts.cells, parts.head)
        )
        return Arrays(cells, head, parts.steps, parts.channels, parts.factors)

    def _expand(self) -> Array:
        from skprune.modules.compact_lstm import Places, expand_lstm

        arrays = self._arrays()
        head = [*arrays.head[:-1], self._in_unit_size(*arrays.head[-1])]
        n_lstm = len(self._widths())
        places = Places(self._units[:n_lstm], self._units[n_lstm:])
        network: Any = self._architecture().build()
        return expand_lstm(network, arrays._replace(head=head), places)

    def _compact_module(self) -> Any:
        from skprune.modules.compact_lstm import rebuild_lstm

        return rebuild_lstm(self._arrays(), self.n_channels_, self.activation)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        return tags


def _refuse_sparse(X: Any) -> None:
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed for X, but dense data is required. Use "
            "'.toarray()' to convert to a dense numpy array."
        )
