"""What criteria read: collected once a cut, from one sample of training rows."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from skprune.criteria import Criterion
from skprune.losses.base import weighted_mean
from skprune.networks.module import Tap
from skprune.pruning.units import Member, UnitGroup, UnitView, gather
from skprune.training.attribution import input_importance, sample_rows
from skprune.training.batches import Batch, Batches
from skprune.training.net import PruningNet
from skprune.training.surgeon import removal_costs

Tensors = Mapping[str, Tensor]

SAMPLE_ROWS = 1000
"""Rows scored at the least, where there are as many; a twentieth of all otherwise."""

MAX_SAMPLE_ROWS = 10_000
ABLATION_ROWS = 512
CURVATURE_BLOCK = 256
"""Columns of a block of the layer-wise Hessian, whose inverse costs its cube."""

DAMPING = 0.01
"""Share of the mean input variance added to each, so that the inverse exists."""


class Evidence:
    """The fields of a :class:`~skprune.pruning.units.UnitView`, for a network as it is.

    Parameters
    ----------
    net : PruningNet
    batches : Batches
        The training rows.
    generator : torch.Generator
        Draws the sample and the noise.
    constant : mapping of field to tensors by parameter name
        Fields that are the same for every cut: ``initial``, ``column``, ``noise``.
    """

    def __init__(
        self,
        net: PruningNet,
        batches: Batches,
        generator: torch.Generator,
        constant: Mapping[str, Tensors],
    ):
        self.net, self.batches, self.generator = net, batches, generator
        self.constant = constant

    def view(self, group: UnitGroup, criterion: Criterion) -> UnitView:
        """Return the fields that the criterion needs, (units, entries) each."""
        fields = {name: self._field(name, group) for name in criterion.needs}
        fields.setdefault("weight", self._field("weight", group))
        return UnitView(**fields)

    def _field(self, name: str, group: UnitGroup) -> Tensor:
        if name == "ablation":
            return ablation(self, group)
        return gather(group, self._tensors(name))

    def _tensors(self, name: str) -> Tensors:
        known = self.constant.get(name)
        return PROVIDERS[name](self) if known is None else known

    @property
    def parameters(self) -> dict[str, Tensor]:
        """Parameters by name, without their gradients."""
        return {n: p.detach() for n, p in self.net.module_.named_parameters()}

    @cached_property
    def sample(self) -> Batch:
        """The rows that are looked at."""
        n_rows = self.batches.n_rows // 20
        n_rows = min(max(n_rows, SAMPLE_ROWS), MAX_SAMPLE_ROWS)
        return self.batches.sample(n_rows, self.generator)

    @cached_property
    def taps(self) -> list[Tap]:
        """What each linear map sees of the sample."""
        with torch.no_grad():
            return list(self.net.module_.tapped(self.sample.x)[1])

    @cached_property
    def gradient(self) -> dict[str, Tensor]:
        """Gradient of the mean loss over one batch of the sample."""
        batch = self.batches.sample(self.batches.batch_size, self.generator)
        named = dict(self.net.module_.named_parameters())
        rows = self.net.loss.rows(self.net.module_(batch.x), batch.y)
        loss = weighted_mean(rows, batch.weight)
        grads = torch.autograd.grad(loss, list(named.values()))
        return dict(zip(named, grads, strict=True))

    @cached_property
    def squared_gradient(self) -> dict[str, Tensor]:
        """Mean over the rows of each row's squared gradient."""
        return dict(self.net.module_.squared_gradients(self.sample, self.net.loss.rows))

    @cached_property
    def activation(self) -> dict[str, Tensor]:
        """Root mean square of the input that each weight multiplies."""
        sizes = {name: torch.ones_like(p) for name, p in self.parameters.items()}
        for tap in self.taps:
            rms = second_moment(tap.inputs).sqrt()
            sizes[tap.weight] = rms.expand_as(sizes[tap.weight])
        return sizes

    @cached_property
    def curvature(self) -> dict[str, Tensor]:
        """What each weight costs by brain surgery, over half its square."""
        found = {name: torch.zeros_like(p) for name, p in self.parameters.items()}
        for tap in self.taps:
            weight = self.parameters[tap.weight]
            # A factor a step is a map with one row.
            rows = weight.reshape(-1, tap.inputs.shape[1])
            costs = torch.cat(
                [removal_costs(rows[:, at], h) for at, h in self.blocks(tap)], 1
            )
            half_square = rows.double().square() / 2
            share = torch.where(half_square > 0, costs / half_square, 0.0)
            found[tap.weight] = share.reshape(weight.shape).to(weight)
        return found

    @property
    def movement(self) -> dict[str, Tensor]:
        """Minus weight times gradient, summed over the steps so far."""
        moved = self.net.step_.movement
        return self.net.flat_.split(self.net.flat_.grad * 0 if moved is None else moved)

    @cached_property
    def reach(self) -> dict[str, Tensor]:
        """How far each weight's input column moves the output; 1 for other weights."""
        module = self.net.module_
        n_rows = sample_rows(self.batches.rows.X.shape[1])
        rows = self.batches.sample(n_rows, self.generator)
        share = torch.from_numpy(input_importance(module, rows))
        found = {name: torch.ones_like(p) for name, p in self.parameters.items()}
        for name in module.input_weights():
            found[name] = module.by_column(name, share.to(found[name]))
        return found

    def blocks(self, tap: Tap) -> list[tuple[slice, Tensor]]:
        """Return the diagonal blocks of the damped covariance of a map's inputs."""
        x = tap.inputs if tap.inputs.layout is torch.strided else tap.inputs.to_dense()
        x = (x - x.mean(0)).double()
        damping = DAMPING * x.square().mean() + torch.finfo(torch.float32).eps
        width, found = x.shape[1], []
        for start in range(0, width, CURVATURE_BLOCK):
            at = slice(start, min(start + CURVATURE_BLOCK, width))
            block = x[:, at].T @ x[:, at] / len(x)
            block.diagonal().add_(damping)
            found.append((at, block))
        return found


def second_moment(x: Tensor) -> Tensor:
    """Return the mean square of each column, dense or sparse CSR."""
    if x.layout is torch.strided:
        return x.square().mean(0)
    total = x.values().new_zeros(x.shape[1])
    return total.index_add_(0, x.col_indices(), x.values().square()) / x.shape[0]


@torch.no_grad()
def ablation(evidence: Evidence, group: UnitGroup) -> Tensor:
    """Return (units, 1): the error without each unit, less that with it."""
    batch = evidence.batches.sample(ABLATION_ROWS, evidence.generator)
    params = dict(evidence.net.module_.named_parameters())
    base = _error(evidence, batch)
    scores = torch.zeros(group.n_units, 1, dtype=torch.float32)
    for unit in range(group.n_units):
        parts = [_part(params[m.param], m, unit) for m in group.members]
        saved = [data[at].clone() for data, at in parts]
        if not any(bool(old.any()) for old in saved):
            continue
        for data, at in parts:
            data[at] = 0.0
        scores[unit] = _error(evidence, batch) - base
        for (data, at), old in zip(parts, saved, strict=True):
            data[at] = old
    return scores


def _part(param: Tensor, member: Member, unit: int) -> tuple[Tensor, Any]:
    """Return a view of the parameter, and where in it the unit's entries are."""
    data = param.detach()
    if member.dim is None:
        return data.view(-1), unit
    if member.labels is not None:
        return data.movedim(member.dim, 0), member.places(unit)
    units = data.shape[member.dim] // member.blocks
    by_unit = data.unflatten(member.dim, (member.blocks, units))
    return by_unit.movedim(member.dim + 1, 0), unit


def _error(evidence: Evidence, batch: Batch) -> float:
    # Mistakes come in steps of one row; the loss, squashed below such a step,
    # orders the units whose removal changes none.
    z = evidence.net.module_(batch.x)
    wrong = weighted_mean(evidence.net.loss.mistakes(z, batch.y), batch.weight)
    loss = weighted_mean(evidence.net.loss.rows(z, batch.y), batch.weight)
    return float(wrong) + float(torch.tanh(loss)) / (2 * ABLATION_ROWS)


PROVIDERS: dict[str, Callable[[Evidence], Any]] = {
    "weight": lambda e: e.parameters,
    "grad": lambda e: e.gradient,
    "grad_sq": lambda e: e.squared_gradient,
    "activation": lambda e: e.activation,
    "curvature": lambda e: e.curvature,
    "movement": lambda e: e.movement,
    "reach": lambda e: e.reach,
}

FIELDS = frozenset(PROVIDERS) | {"initial", "column", "noise", "ablation"}
"""All that a criterion may name in ``needs``."""
