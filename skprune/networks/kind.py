"""What a kind of network is, to the estimators and to training."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor, nn

    from skprune.networks.module import PrunableModule

Array = NDArray[Any]
Rescaling = Callable[[Array, Array], tuple[Array, Array]]
"""From an output layer's weight and bias to those of another unit of the target."""


class Kind(ABC):
    """Builds a network, compacts it, and puts it together again.

    It has no state and loads no torch before a network is built, so that the public
    estimators hold one, and training and prediction never ask which it is.

    Laws, for any module, masks and rows:

    - the predictor of ``compact(module)`` gives what the masked module gives;
    - ``rebuild`` of that predictor is a module that gives it too;
    - a module with the parameters of ``expand`` compacts to the same predictor.

    Attributes
    ----------
    name : str
    granularities : tuple of str
        What may be a unit of such a network.
    shaped_by : mapping of str to str
        The arguments that must stay where a network goes on learning, and the
        parameter that each comes from.
    largest_prior : float
        The largest curvature of a prior on the weights in the mean loss that such a
        network bears.
    """

    name: ClassVar[str]
    granularities: ClassVar[tuple[str, ...]]
    shaped_by: ClassVar[Mapping[str, str]]
    largest_prior: ClassVar[float] = math.inf

    @abstractmethod
    def arguments(self, estimator: Any) -> dict[str, Any]:
        """Return the module's arguments: from parameters, and the shape of the data.

        Raises
        ------
        ValueError
            If the parameters contradict one another.
        """

    @abstractmethod
    def n_layers(self, arguments: Mapping[str, Any]) -> int:
        """Return the number of layers, those of inputs and outputs included."""

    @abstractmethod
    def build(self, arguments: Mapping[str, Any]) -> "PrunableModule":
        """Return the module, its parameters not drawn yet."""

    @abstractmethod
    def compact(
        self,
        module: Any,
        *,
        out_activation: str,
        into_own_units: Rescaling,
        n_bits: int | None = None,
    ) -> tuple[Any, list[Array]]:
        """Return a predictor that does what the masked module does.

        Parameters
        ----------
        module : PrunableModule
            With zeros where something was removed.
        out_activation : str
            What turns outputs into predictions.
        into_own_units : callable
            Makes the output layer predict in the target's own units.
        n_bits : int, optional
            Bits to store the weights in.

        Returns
        -------
        predictor : callable from rows to predictions
        units : list of ndarray of int
            For each hidden layer the units that it kept, ascending.
        """

    @abstractmethod
    def rebuild(self, predictor: Any) -> "nn.Module":
        """Return the compact network as a torch module over full rows."""

    @abstractmethod
    def expand(
        self,
        predictor: Any,
        units: Sequence[Array],
        arguments: Mapping[str, Any],
        into_unit_size: Rescaling,
    ) -> Array:
        """Return all parameters of the full network, zeros where it was pruned.

        Returns
        -------
        value : ndarray of float32 of shape (n_parameters,)
            In the order of the module's parameters.
        """

    def n_products(self, arguments: Mapping[str, Any]) -> float:
        """Return the multiplications of a row; infinite where networks do not stack."""
        return float("inf")

    def stack(
        self, modules: Sequence[Any], parameters: Mapping[str, "Tensor"]
    ) -> Callable[["Tensor"], "Tensor"]:
        """Return one forward pass for several networks of equal shape.

        Parameters
        ----------
        modules : sequence of PrunableModule
        parameters : mapping of name to Tensor of shape (networks, ...)

        Returns
        -------
        forward : callable
            From (networks, rows, features) to (networks, rows, outputs).
        """
        raise NotImplementedError(f"networks of kind {self.name!r} do not stack")
