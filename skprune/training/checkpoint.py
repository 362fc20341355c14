"""What a stream goes back to when a call fails."""

from typing import TYPE_CHECKING, Any

from torch import Tensor

from skprune.training.control import BestEpoch, Constant, Patience, Recovery
from skprune.training.net import PruningNet

if TYPE_CHECKING:
    from skprune.training.stream import Stream


class Checkpoint:
    """All that a call changes of a stream.

    Most of it are attributes, which training sets anew; tensors and the states of
    generators change in place, and are copied. A few kilobytes for a small network.
    """

    def __init__(self, stream: "Stream"):
        net = stream.net
        self.net = net
        self.attributes = [(o, dict(vars(o))) for o in _parts(stream)]
        self.tensors = [(t, t.clone()) for t in _tensors(net)]
        self.generators = [(g, g.get_state()) for g in _generators(stream)]
        self.remembered = {v: dict(s) for v, s in net.optimizer_.state.items()}
        self.groups = [dict(group) for group in net.optimizer_.param_groups]
        self.epochs = list(net.history_)

    def restore(self) -> None:
        """Put the stream back to where it was."""
        for part, attributes in self.attributes:
            vars(part).clear()
            vars(part).update(attributes)
        for tensor, value in self.tensors:
            tensor.copy_(value)
        for generator, state in self.generators:
            generator.set_state(state)
        state = self.net.optimizer_.state
        state.clear()
        state.update(self.remembered)
        groups = zip(self.net.optimizer_.param_groups, self.groups, strict=True)
        for group, before in groups:
            group.update(before)
        self.net.history_[:] = self.epochs
        self.net.module_.eval()


def _parts(stream: "Stream") -> list[Any]:
    phase, net = stream.phase, stream.net
    parts = [stream, phase, stream.pruner, net, net.step_, net.history_]
    led = (BestEpoch, Constant, Patience, Recovery)
    within = () if phase is None else vars(phase).values()
    return [part for part in parts if part is not None] + [
        part for part in within if isinstance(part, led)
    ]


def _tensors(net: PruningNet) -> list[Tensor]:
    states = net.optimizer_.state.values()
    known = [entry for state in states for entry in state.values()]
    known += [net.flat_.value.data, net.step_.movement]
    return [entry for entry in known if isinstance(entry, Tensor)]


def _generators(stream: "Stream") -> list[Any]:
    of_pruner = [] if stream.pruner is None else [stream.pruner.generator]
    return [stream.order, *of_pruner, *stream.net.module_.generators()]
