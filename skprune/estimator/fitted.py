"""What a fitted network offers, derived from the few arrays that it stores."""

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skprune.estimator.attributes import Derived
from skprune.networks.kind import Kind

Array = NDArray[Any]


@dataclass(frozen=True)
class History:
    """Losses by epoch, as arrays; the form that is pickled.

    Attributes
    ----------
    train, valid, sparsity : ndarray of shape (n_kept,)
        ``valid`` is empty where there was no validation split.
    dense : ndarray of bool of shape (n_kept,)
        Which epochs are of the dense phase; the rest are of the pruning phase.
    judged : ndarray of bool of shape (n_kept,)
        After which epochs the network was one that might stay.
    n_seen : int
        Rows learnt from, over all epochs.
    n_dropped : int
        Epochs before those kept.
    """

    train: Array
    valid: Array
    sparsity: Array
    dense: Array
    judged: Array
    n_seen: int
    n_dropped: int = 0

    @classmethod
    def of_epochs(
        cls, rows: list[dict[str, Any]], scale: float = 1.0, n_rows: int = 0
    ) -> "History":
        """Return the history of epochs over ``n_rows`` rows each."""
        return cls(
            train=np.array([row["train_loss"] for row in rows]) * scale,
            valid=np.array([r["valid_loss"] for r in rows if "valid_loss" in r])
            * scale,
            sparsity=np.array([row["sparsity"] for row in rows], np.float32),
            dense=np.array([row["phase"] == "dense" for row in rows], bool),
            judged=np.array([row["judged"] for row in rows], bool),
            n_seen=len(rows) * n_rows,
        )

    @property
    def n_epochs(self) -> int:
        """Epochs run, kept or not."""
        return self.n_dropped + len(self.train)

    def last(self, n_kept: int) -> "History":
        """Return the history with at most the last ``n_kept`` epochs."""
        gone = max(len(self.train) - n_kept, 0)
        return replace(
            self,
            train=self.train[gone:],
            valid=self.valid[gone:],
            sparsity=self.sparsity[gone:],
            dense=self.dense[gone:],
            judged=self.judged[gone:],
            n_dropped=self.n_dropped + gone,
        )

    def then(self, later: "History") -> "History":
        """Return this history and a later one, which has no validation split."""
        return History(
            train=np.concatenate([self.train, later.train]),
            valid=later.valid,
            sparsity=np.concatenate([self.sparsity, later.sparsity]),
            dense=np.concatenate([self.dense, later.dense]),
            judged=np.concatenate([self.judged, later.judged]),
            n_seen=self.n_seen + later.n_seen,
            n_dropped=self.n_dropped,
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an epoch kept, as a skorch history has them."""
        rows: list[dict[str, Any]] = [
            {
                "epoch": self.n_dropped + i + 1,
                "train_loss": float(loss),
                "sparsity": float(self.sparsity[i]),
                "phase": "dense" if self.dense[i] else "pruning",
                "batches": [],
            }
            for i, loss in enumerate(self.train)
        ]
        for row, loss in zip(rows, self.valid, strict=False):
            row["valid_loss"] = float(loss)
        return rows


class FittedNetwork:
    """Attributes of scikit-learn's perceptron, and ours, of a fitted network."""

    _predictor = Derived()
    _units = Derived()
    _mask_bits = Derived()
    pruning_report_ = Derived()
    feature_importances_ = Derived()
    _history: History
    _kind: ClassVar[Kind]
    _loss_spec: tuple[str, dict[str, Any]]
    sparsity_: float
    n_layers_: int
    n_outputs_: int
    out_activation_: str

    def __sklearn_is_fitted__(self) -> bool:
        # A snapshot has a predictor alone, a stream's may be postponed.
        return not {"sparsity_", "_predictor"}.isdisjoint(vars(self))

    def _needs_fit(self, attribute: str) -> None:
        try:
            check_is_fitted(self)
        except NotFittedError as error:
            # hasattr must be False before fit, as for a plain attribute.
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {attribute!r} "
                "before fit"
            ) from error

    def _needs_one_network(self, attribute: str) -> None:
        self._needs_fit(attribute)
        if "estimators_" in vars(self):
            raise AttributeError(
                f"{type(self).__name__!r} of several networks has no attribute "
                f"{attribute!r}; each of its estimators_ has one."
            )

    @property
    def coefs_(self) -> list[Array]:
        """Weights of the compact network, (fan_in, fan_out) for each layer."""
        self._needs_one_network("coefs_")
        return [layer.dense.T for layer in self._predictor.layers]

    @property
    def intercepts_(self) -> list[Array]:
        """Biases of the compact network, (fan_out,) for each layer."""
        self._needs_one_network("intercepts_")
        return [layer.bias[:, 0] for layer in self._predictor.layers]

    @property
    def masks_(self) -> dict[str, Array]:
        """For each parameter that was pruned, True where an entry was kept."""
        self._needs_one_network("masks_")
        return {
            name: np.unpackbits(bits, count=int(np.prod(shape)))
            .astype(bool)
            .reshape(shape)
            for name, (shape, bits) in self._mask_bits.items()
        }

    @property
    def n_nonzero_(self) -> int:
        """Weights of the compact network that are not zero, without biases."""
        self._needs_fit("n_nonzero_")
        return sum(int(one._predictor.n_nonzero) for one in self._members())

    @property
    def n_iter_(self) -> int:
        """Epochs run, both phases together; of several networks, the most."""
        self._needs_fit("n_iter_")
        return max(one._history.n_epochs for one in self._members())

    @property
    def t_(self) -> int:
        """Rows seen, as often as they were; of several networks, the most."""
        self._needs_fit("t_")
        return max(one._history.n_seen for one in self._members())

    @property
    def loss_curve_(self) -> list[float]:
        """Training loss of each epoch; of a stream, of the last ones."""
        self._needs_one_network("loss_curve_")
        return [float(loss) for loss in self._history.train]

    @property
    def loss_(self) -> float:
        """Training loss of the last epoch; nan where there was none."""
        self._needs_one_network("loss_")
        return float(self._history.train[-1]) if len(self._history.train) else math.nan

    @property
    def best_loss_(self) -> float | None:
        """Lowest of ``loss_curve_`` at the final sparsity; None with early stopping.

        None too where no epoch came to its end at that sparsity.
        """
        self._needs_one_network("best_loss_")
        at_final = self._at_final()
        if len(self._history.valid) or not len(at_final):
            return None
        return float(self._history.train[at_final].min())

    @property
    def validation_scores_(self) -> list[float] | None:
        """Negated validation loss of each epoch; None without early stopping."""
        self._needs_one_network("validation_scores_")
        if not len(self._history.valid):
            return None
        return [-float(loss) for loss in self._history.valid]

    @property
    def best_validation_score_(self) -> float | None:
        """Highest of ``validation_scores_`` at the final sparsity."""
        self._needs_one_network("best_validation_score_")
        if not len(self._history.valid):
            return None
        return -float(self._history.valid[self._at_final()].min())

    def _at_final(self) -> Array:
        # A search for the sparsity may end with levels that it then rejects; a dense
        # network of few bits is trained on after the dense phase; and in the midst of
        # a stream's ramp no epoch has been judged yet.
        history = self._history
        at_sparsity = np.isclose(history.sparsity, self.sparsity_)
        judged = at_sparsity & history.judged
        for found in (judged & ~history.dense, judged):
            if found.any():
                return np.flatnonzero(found)
        return np.flatnonzero(at_sparsity)

    @property
    def net_(self) -> Any:
        """The compact network as a skorch network, with the history of the fit."""
        self._needs_one_network("net_")
        from skprune.losses import get_loss
        from skprune.training.net import rebuilt_net

        name, parameters = self._loss_spec
        loss = get_loss(name, **parameters)
        return rebuilt_net(self.module_, loss, self._history.rows())

    @property
    def module_(self) -> Any:
        """The compact network as a ``torch.nn.Module``, before the activation."""
        self._needs_one_network("module_")
        return self._kind.rebuild(self._predictor)

    def _members(self) -> list[Any]:
        """Return the fitted estimators of one network each."""
        return vars(self).get("estimators_", [self])


def pack_masks(masks: dict[str, Array]) -> dict[str, tuple[tuple[int, ...], Array]]:
    """Return each mask's shape and its bits, eight to a byte."""
    return {name: (mask.shape, np.packbits(mask)) for name, mask in masks.items()}
