"""What can be removed from a network, as data.

A *unit* is whatever is kept or removed as one: a weight, a hidden neuron, an
LSTM cell, an input column, a time step. A module describes its units as
:class:`UnitGroup` s; everything else reads and writes them through the two
functions here, so that a criterion never learns what kind of unit it scores.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

Masks = dict[str, Tensor]
"""Parameter name -> boolean tensor of the parameter's shape, True where kept."""


class Member(NamedTuple):
    """One tensor's share in the units of a group.

    Attributes
    ----------
    param : str
        The parameter's name in the module's ``state_dict``.
    dim : int or None
        The axis along which the units lie; None if each entry is a unit.
    blocks : int
        How often the units repeat along ``dim``: 4 for the gates of an LSTM
        cell, whose weights stack four blocks of ``n_units`` rows.
    labels : tuple of int or None
        Where several entries along ``dim`` belong to a unit, such as the dummies of
        a variable: the unit of each.
    """

    param: str
    dim: int | None
    blocks: int = 1
    labels: tuple[int, ...] | None = None

    def places(self, unit: int) -> Tensor:
        """Return the positions along ``dim`` of a labelled unit's entries."""
        return (torch.tensor(self.labels) == unit).nonzero()[:, 0]


class UnitGroup(NamedTuple):
    """Units of one kind, in one place of the network.

    Attributes
    ----------
    name : str
        Where the units are, for reports: ``"layers.0"``.
    n_units : int
        How many units there are.
    members : tuple of Member
        The parameters that a unit's removal sets to zero.
    """

    name: str
    n_units: int
    members: tuple[Member, ...]

    def joined(self, labels: tuple[int, ...]) -> "UnitGroup":
        """Return the group of larger units: of each unit here the label there."""
        members = tuple(member._replace(labels=labels) for member in self.members)
        return UnitGroup(self.name, max(labels) + 1, members)


class UnitView(NamedTuple):
    """What a criterion sees of a group: matrices of shape (units, entries).

    ``weight`` is always there; of the others only those that the criterion
    names in ``needs``, the rest is None.

    Attributes
    ----------
    weight : Tensor
        The weights themselves.
    grad : Tensor or None
        Gradient of the mean loss over a batch.
    grad_sq : Tensor or None
        Mean over the rows of the squared gradient of a row's loss.
    activation : Tensor or None
        Root mean square of the input that each weight multiplies; 1 for a bias.
    initial : Tensor or None
        Absolute product of weight and gradient before training.
    movement : Tensor or None
        Sum over the training steps of minus weight times gradient.
    curvature : Tensor or None
        Cost of a weight's removal, others making up for it, over half its square.
    noise : Tensor or None
        Independent uniform draws.
    ablation : Tensor or None
        Shape (units, 1): the error made without the unit, less that with it.
    column : Tensor or None
        Importance of the input column that each weight multiplies.
    reach : Tensor or None
        How far the input column that each weight multiplies moves the output.
    """

    weight: Tensor
    grad: Tensor | None = None
    grad_sq: Tensor | None = None
    activation: Tensor | None = None
    initial: Tensor | None = None
    movement: Tensor | None = None
    curvature: Tensor | None = None
    noise: Tensor | None = None
    ablation: Tensor | None = None
    column: Tensor | None = None
    reach: Tensor | None = None


def gather(group: UnitGroup, tensors: Mapping[str, Tensor]) -> Tensor:
    """Lay the entries of each unit side by side: (n_units, entries).

    Units of labelled entries may differ in size: smaller ones end in zeros.
    """
    return torch.cat(
        [_rows(group, member, tensors[member.param]) for member in group.members], 1
    )


def _rows(group: UnitGroup, member: Member, tensor: Tensor) -> Tensor:
    if member.dim is None:
        return tensor.reshape(group.n_units, 1)
    if member.labels is not None:
        entries = tensor.movedim(member.dim, 0).flatten(1)
        units = [entries[member.places(i)].flatten() for i in range(group.n_units)]
        return torch.nn.utils.rnn.pad_sequence(units, batch_first=True)
    # (..., blocks * units, ...) -> (blocks, units, rest) -> (units, blocks * rest)
    lead = tensor.movedim(member.dim, 0).reshape(member.blocks, group.n_units, -1)
    return lead.transpose(0, 1).reshape(group.n_units, -1)


def scatter(
    groups: Iterable[UnitGroup], keep: Iterable[Tensor], params: Mapping[str, Tensor]
) -> Masks:
    """Turn keep-masks over units into masks over the parameters.

    An entry that belongs to several units stays only if all of them stay.
    """
    masks: Masks = {}
    for group, kept in zip(groups, keep, strict=True):
        for member in group.members:
            mask = _spread(member, kept, params[member.param])
            known = masks.get(member.param)
            masks[member.param] = mask if known is None else known & mask
    return masks


def _spread(member: Member, kept: Tensor, param: Tensor) -> Tensor:
    if member.dim is None:
        return kept.reshape(param.shape).clone()
    if member.labels is not None:
        kept = kept[torch.tensor(member.labels)]
    shape = [1] * param.ndim
    shape[member.dim] = -1
    return kept.repeat(member.blocks).reshape(shape).expand_as(param).clone()
