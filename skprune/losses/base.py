"""What a loss is."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from numpy.typing import NDArray
from torch import Tensor


class Loss(ABC):
    """The loss of each row of a batch, whose weighted mean training minimises.

    Laws, for any outputs and targets:

    - ``mean(z, y)`` is the mean of ``rows(z, y)``, to rounding;
    - neither depends on the order of the rows;
    - ``predicted(outputs_for(p))`` is ``p``, to rounding.

    A loss without parameters equals any other of its class, as it does in the key
    under which a dense phase is cached.

    Attributes
    ----------
    out_activation : str
        What turns outputs into predictions.
    is_likelihood : bool
        Whether it is a negative log-likelihood as it stands.
    is_own_scale : bool
        Whether it is a negative log-likelihood in units of its own mean, as an absolute
        error is; otherwise in units of that share of the best constant's that is left.
    scaling : {None, 'affine', 'log'}
        How a regressor's target is brought to unit size; None for classes.
    """

    out_activation: ClassVar[str]
    is_likelihood: ClassVar[bool]
    is_own_scale: ClassVar[bool] = False
    scaling: ClassVar[str | None]

    @abstractmethod
    def rows(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the loss of each row, (rows,), for outputs (rows, outputs)."""

    def mean(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the mean over the rows.

        On a small batch each call forward and back counts: where torch has it in one,
        a loss says so here.
        """
        return self.rows(z, y).mean()

    def batch(self, z: Tensor, y: Tensor, weight: Tensor | None) -> Tensor:
        """Return the mean over the rows of a batch, each with its weight."""
        if weight is None:
            return self.mean(z, y)
        return weighted_mean(self.rows(z, y), weight)

    def mistakes(self, z: Tensor, y: Tensor) -> Tensor:
        """Return what each row's prediction costs: the loss, or 0 or 1 for a class."""
        return self.rows(z, y)

    @abstractmethod
    def predicted(self, z: Tensor) -> Tensor:
        """Return what outputs predict, in the form of targets (rows, outputs)."""

    @abstractmethod
    def outputs_for(self, p: Tensor) -> Tensor:
        """Return the outputs that predict ``p``; undoes :meth:`predicted`."""

    def best_constant(self, y: Tensor, weight: Tensor | None) -> Tensor:
        """Return the outputs, (1, outputs), that are best where they are the same.

        Those of the targets' weighted mean; a loss whose minimum lies elsewhere
        overrides it.
        """
        mean = y.mean(0) if weight is None else weight @ y / weight.sum()
        return self.outputs_for(mean[None])

    def labels(self, y: Tensor) -> Tensor:
        """Return the targets, those of classes without what a teacher made of them."""
        return y

    @abstractmethod
    def score(self, z: Tensor, y: Tensor, weight: NDArray[Any] | None) -> float:
        """Return what ``score`` of the estimator gives: accuracy or R2."""

    @abstractmethod
    def figures(
        self, z: Tensor, y: Tensor, weight: NDArray[Any] | None
    ) -> dict[str, float]:
        """Return what a report shows of predictions, by name; ``score`` comes first."""

    @abstractmethod
    def in_own_units(self, scale: NDArray[Any]) -> float:
        """Return what turns the loss of scaled targets into that of ``y``.

        For several outputs, whose scales differ, on average.
        """

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *sorted(vars(self).items())))


def weighted_mean(losses: Tensor, weight: Tensor | None) -> Tensor:
    """Average the rows' losses, each with its weight."""
    return losses.mean() if weight is None else losses @ weight / weight.sum()
