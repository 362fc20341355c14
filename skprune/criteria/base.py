"""What a criterion is."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from torch import Tensor

    from skprune.pruning.units import UnitView


class Criterion(ABC):
    """Scores the units of a group by what it would cost to lose them.

    Laws, for any view of shape (units, entries):

    - the result has shape (units,), is finite, and high means keep;
    - permuting the rows of the view permutes the scores alike;
    - scores of different groups are on one scale, for ``scope="global"``.

    Attributes
    ----------
    needs : tuple of str
        The fields of :class:`~skprune.pruning.units.UnitView` that ``score`` reads.
        They are collected before it is called, and a field that is not known
        is an error before training starts.
    compensates : bool
        Whether the weights that stay are moved to make up for those that go.

    See Also
    --------
    get_criterion : The criterion of a name.
    skprune.schedules.Schedule : How fast units go.

    Examples
    --------
    Prefer weights that are fed by strong inputs, whatever their size:

    >>> import torch
    >>> from skprune.criteria import Criterion
    >>> from skprune.pruning.units import UnitView
    >>> class Input(Criterion):
    ...     needs = ("weight", "activation")
    ...
    ...     def score(self, view):
    ...         return view.activation.mean(1)
    >>> strength = torch.tensor([[1.0, 3.0], [0.5, 0.5]])
    >>> Input().score(UnitView(weight=torch.ones(2, 2), activation=strength))
    tensor([2.0000, 0.5000])
    """

    needs: ClassVar[tuple[str, ...]] = ("weight",)
    compensates: ClassVar[bool] = False

    @abstractmethod
    def score(self, view: "UnitView") -> "Tensor":
        """Score the units of one group.

        Parameters
        ----------
        view : UnitView of Tensors of shape (units, entries)
            A unit is one row, whatever it is: with ``granularity="weight"``
            there is one entry a row.

        Returns
        -------
        scores : Tensor of shape (units,)
            High for the units to keep.
        """

    def __repr__(self) -> str:
        args = ", ".join(f"{k}={v!r}" for k, v in sorted(vars(self).items()))
        return f"{type(self).__name__}({args})"


def needed(tensor: "Tensor | None", name: str) -> "Tensor":
    """Return a field of the view that the criterion declared in ``needs``."""
    if tensor is None:
        raise ValueError(f"The criterion reads {name!r}: name it in `needs`.")
    return tensor
