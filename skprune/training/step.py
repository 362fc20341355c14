"""What a step does to a vector of parameters once its gradient is known."""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

LATENESS = 3.0
"""The average forgets the first steps as this power of their share of all."""


class Step:
    """Penalties, masks and the optimizer's step, each in one call for all layers.

    Parameters
    ----------
    value : nn.Parameter of shape (..., n_parameters)
        One network's parameters, or a row for each of several, with its ``grad``.
    optimizer : torch.optim.Optimizer
        Of ``value`` alone.
    bare : bool, default=True
        Whether to call the optimizer's own step without torch's wrappers for
        profilers and for differentiable steps, which cost as much again as the
        step of a small network.

    Attributes
    ----------
    mask : Tensor of the shape of ``value``, or None
        0 where an entry is held at zero.
    movement : Tensor of the shape of ``value``, or None
        The sum over the steps of ``-value * grad``, where that is wanted.
    l1, l2 : Tensor of the shape of ``value``, or None
        Penalties ``l1 * abs(value)`` and ``l2 / 2 * value**2``, divided by the rows
        of a batch.
    clip_norm : float or None
        Largest norm of the gradient of the loss.
    average : Tensor of the shape of ``value``, or None
        The mean of what the steps so far led to, the later ones weighing more; where
        that is wanted.
    low, high : Tensor of the shape of ``value``, or None
        Bounds within which every step ends; infinite where there is none.
    """

    def __init__(self, value: nn.Parameter, optimizer: Any, *, bare: bool = True):
        self.value, self.optimizer = value, optimizer
        self._bare = _bare_step(optimizer.__class__) if bare else None
        self.mask: Tensor | None = None
        self.movement: Tensor | None = None
        self.l1: Tensor | None = None
        self.l2: Tensor | None = None
        self.clip_norm: float | None = None
        self.average: Tensor | None = None
        self.n_averaged = 0
        self.low: Tensor | None = None
        self.high: Tensor | None = None

    def set_mask(self, mask: Tensor | None) -> None:
        """Zero what the mask removes, and hold it at zero from now on.

        With value and moments at zero and the gradient masked, a step leaves a
        removed weight exactly where it is.
        """
        self.mask = mask
        self.project()
        if mask is not None:
            for moment in self.moments().values():
                moment.mul_(mask)

    def project(self) -> None:
        """Move ``value`` to the nearest that mask and bounds allow."""
        if self.mask is not None:
            self.value.data.mul_(self.mask)
        self._bound()

    def _bound(self) -> None:
        if self.low is not None:
            self.value.data.clamp_(self.low, self.high)

    def moments(self) -> dict[str, Tensor]:
        """Return what the optimizer remembers for each entry of ``value``."""
        return {
            name: entry
            for name, entry in self.optimizer.state.get(self.value, {}).items()
            if isinstance(entry, Tensor) and entry.shape == self.value.shape
        }

    def adjust(self, n_rows: int) -> None:
        """Turn the gradient of a batch's mean loss into the one to follow."""
        value, grad = self.value.data, self.value.grad
        assert grad is not None
        if self.movement is not None:
            self.movement.addcmul_(value, grad, value=-1.0)
        if self.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_([self.value], self.clip_norm)
        if self.l1 is not None:
            grad.addcmul_(value.sign(), self.l1, value=1.0 / n_rows)
        if self.l2 is not None:
            grad.addcmul_(value, self.l2, value=1.0 / n_rows)
        if self.mask is not None:
            grad.mul_(self.mask)

    @torch.no_grad()
    def step(self) -> None:
        """Let the optimizer take its step."""
        if self._bare is None:
            self.optimizer.step()
        else:
            self._bare(self.optimizer)
        self._bound()
        if self.average is not None:
            self.n_averaged += 1
            share = (LATENESS + 1.0) / (LATENESS + self.n_averaged)
            self.average.lerp_(self.value.data, share)

    def begin_average(self) -> None:
        """Average what the steps from now on lead to.

        References
        ----------
        O. Shamir and T. Zhang, "Stochastic gradient descent for non-smooth
        optimization", ICML, 2013, section 4.
        """
        self.average, self.n_averaged = self.value.data.clone(), 0


@cache
def _bare_step(optimizer: Any) -> Callable[[Any], Any]:
    return inspect.unwrap(optimizer.step)
