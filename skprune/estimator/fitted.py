"""What a fitted network offers, derived from the few arrays that it stores."""

import copy
import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skprune.estimator.attributes import Derived
from skprune.estimator.inputs import InputMean
from skprune.estimator.recorded import Recorded
from skprune.estimator.teaching import AbsentTeacher, is_estimator
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
    ranked : ndarray of bool of shape (n_kept,)
        Which epochs were ranked by their loss: the best of them stays, and of others
        the last.
    n_seen : int
        Rows learnt from, over all epochs.
    n_dropped : int
        Epochs before those kept.
    lowest_dropped : float
        The lowest training loss among them.
    recorded : Recorded or None
        What callbacks have recorded, where there were some.
    """

    train: Array
    valid: Array
    sparsity: Array
    dense: Array
    judged: Array
    ranked: Array
    n_seen: int
    n_dropped: int = 0
    lowest_dropped: float = math.inf
    recorded: Recorded | None = None

    @classmethod
    def of_epochs(
        cls,
        rows: list[dict[str, Any]],
        scale: float = 1.0,
        n_rows: int = 0,
        *,
        watched: bool = False,
    ) -> "History":
        """Return the history of epochs over ``n_rows`` rows each.

        With ``watched`` there is more to them than losses, phases and sparsities.
        """
        return cls(
            train=np.array([row["train_loss"] for row in rows]) * scale,
            valid=np.array([r["valid_loss"] for r in rows if "valid_loss" in r])
            * scale,
            sparsity=np.array([row["sparsity"] for row in rows], np.float32),
            dense=np.array([row["phase"] == "dense" for row in rows], bool),
            judged=np.array([row["judged"] for row in rows], bool),
            ranked=np.array([row["ranked"] for row in rows], bool),
            n_seen=len(rows) * n_rows,
            recorded=Recorded.of_epochs(rows) if watched else None,
        )

    @property
    def n_epochs(self) -> int:
        """Epochs run, kept or not."""
        return self.n_dropped + len(self.train)

    def last(self, n_kept: int) -> "History":
        """Return the history with at most the last ``n_kept`` epochs."""
        gone = max(len(self.train) - n_kept, 0)
        if not gone:
            return self
        return replace(
            self,
            train=self.train[gone:],
            valid=self.valid[gone:],
            sparsity=self.sparsity[gone:],
            dense=self.dense[gone:],
            judged=self.judged[gone:],
            ranked=self.ranked[gone:],
            n_dropped=self.n_dropped + gone,
            lowest_dropped=min(self.lowest_dropped, *self.train[:gone].tolist()),
            recorded=self.recorded and Recorded.of_epochs(self.rows()[gone:]),
        )

    def then(self, later: "History") -> "History":
        """Return this history and a later one, which has no validation split."""
        return History(
            train=np.concatenate([self.train, later.train]),
            valid=later.valid,
            sparsity=np.concatenate([self.sparsity, later.sparsity]),
            dense=np.concatenate([self.dense, later.dense]),
            judged=np.concatenate([self.judged, later.judged]),
            ranked=np.concatenate([self.ranked, later.ranked]),
            n_seen=self.n_seen + later.n_seen,
            n_dropped=self.n_dropped,
            lowest_dropped=self.lowest_dropped,
            recorded=self._recorded_and(later),
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Stored ones may be of when pruning always kept the epoch of the lowest loss.
        if "ranked" not in state:
            has_validation = len(state["valid"]) > 0
            state = state | {"ranked": ~state["dense"] | has_validation}
        self.__dict__.update(state)

    def _recorded_and(self, later: "History") -> Recorded | None:
        if self.recorded is None and later.recorded is None:
            return None
        return Recorded.of_epochs([*self.rows(), *later.rows()])

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict an epoch kept, as a skorch history has them."""
        rows: list[dict[str, Any]] = [
            {
                "epoch": self.n_dropped + i + 1,
                "train_loss": float(loss),
                "sparsity": float(self.sparsity[i]),
                "phase": "dense" if self.dense[i] else "pruning",
                "train_loss_best": bool(best),
                "batches": [],
            }
            for i, (loss, best) in enumerate(
                zip(
                    self.train,
                    _lowest_so_far(self.train, self.lowest_dropped),
                    strict=True,
                )
            )
        ]
        for row, loss, best in zip(
            rows, self.valid, _lowest_so_far(self.valid), strict=False
        ):
            row.update(valid_loss=float(loss), valid_loss_best=bool(best))
        if self.recorded is not None:
            self.recorded.write(rows)
        return rows


def _lowest_so_far(losses: Array, lowest: float = math.inf) -> Array:
    """Return which losses are lower than all before, and than ``lowest``."""
    before = np.minimum.accumulate(np.concatenate([[lowest], losses]))[:-1]
    return losses < before


class FittedNetwork:
    """Attributes of scikit-learn's perceptron, and ours, of a fitted network."""

    _predictor = Derived("What predicts, as plain arrays.")
    _units = Derived("Units that are left, by group.")
    _mask_bits = Derived("The masks, packed.")
    pruning_report_ = Derived("The dense network beside the pruned one.")
    feature_importances_ = Derived(
        "Share of each input column in the outputs; 0 where it is not read."
    )
    _dtype: np.dtype[Any]
    _history: History
    _inputs: InputMean
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
        """Weights of the compact network, (fan_in, fan_out) for each layer.

        Of the precision of the rows of ``fit``, though stored in float32.
        """
        self._needs_one_network("coefs_")
        dense = [layer.dense.T for layer in self._predictor.layers]
        return [weight.astype(self._dtype, copy=False) for weight in dense]

    @property
    def intercepts_(self) -> list[Array]:
        """Biases of the compact network, (fan_out,) for each layer, like ``coefs_``."""
        self._needs_one_network("intercepts_")
        biases = [layer.bias[:, 0] for layer in self._predictor.layers]
        return [bias.astype(self._dtype, copy=False) for bias in biases]

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

    def _kept_epoch(self) -> int | None:
        """Return the epoch whose weights stayed, from 1; None where none came so far.

        Each phase keeps its own; the pruning phase one at the final sparsity.
        """
        history, at_final = self._history, self._at_final()
        if not len(at_final):
            return None
        kept = at_final[-1]
        if history.ranked[kept]:
            losses = history.valid if len(history.valid) else history.train
            kept = at_final[losses[at_final].argmin()]
        return int(kept) + 1 + history.n_dropped

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
        """The compact network as a skorch network, with the history of the fit.

        It is the same object whenever it is asked for, until the estimator learns.
        """
        self._needs_one_network("net_")
        net, predictor = vars(self).get("_net", (None, None))
        if predictor is not self._predictor:
            from skprune.estimator.skorch_network import skorch_network

            net = skorch_network(self)
            self._net = net, self._predictor
        return net

    @property
    def module_(self) -> Any:
        """The compact network as a ``torch.nn.Module``, before the activation."""
        self._needs_one_network("module_")
        return self._kind.rebuild(self._predictor)

    def _members(self) -> list[Any]:
        """Return the fitted estimators of one network each."""
        return vars(self).get("estimators_", [self])

    def _columns_read(self) -> Array:
        """Return the input columns that any of the networks reads, ascending."""
        read = [one._predictor.columns_read for one in self._members()]
        return np.unique(np.concatenate(read))

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())  # type: ignore[call-overload]
        state.pop("_net", None)
        if state.get("callbacks"):
            state["callbacks"] = [_without_scheduler(c) for c in state["callbacks"]]
        if "_predictor" in state and is_estimator(state.get("teacher")):
            # What scores is the network: nothing of the teacher is needed, or loaded.
            state["teacher"] = AbsentTeacher(type(state["teacher"]).__name__)
        return state


def _without_scheduler(callback: Any) -> Any:
    # It holds on to the optimizer, which is as large as three dense networks.
    if isinstance(callback, tuple):
        return (callback[0], _without_scheduler(callback[1]))
    if getattr(callback, "lr_scheduler_", None) is None:
        return callback
    light = copy.copy(callback)
    light.lr_scheduler_ = None
    return light


def pack_masks(masks: dict[str, Array]) -> dict[str, tuple[tuple[int, ...], Array]]:
    """Return each mask's shape and its bits, eight to a byte."""
    return {name: (mask.shape, np.packbits(mask)) for name, mask in masks.items()}
