"""Networks of long short-term memory cells."""

import torch
from torch import Tensor, nn

from skprune.networks.recurrent.layer import Unrolled, weights
from skprune.networks.recurrent.module import RecurrentNetwork


class LSTM(RecurrentNetwork):
    """Long short-term memory layers, then a perceptron on the last state.

    The gates are, in torch's order, the input, forget, cell and output gates.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural
    Computation 9, 1997.
    F. Gers, J. Schmidhuber and F. Cummins, "Learning to forget: continual
    prediction with LSTM", Neural Computation 12, 2000.
    """

    cell = "lstm"
    layer_type = nn.LSTM
    input_maps = state_maps = (0, 1, 2, 3)

    @staticmethod
    def unroll(layer: nn.RNNBase, inputs: Tensor) -> Unrolled:
        """Run a layer step by step, so that its parts have gradients."""
        ih, hh, bias, other = weights(layer)
        projected = inputs @ ih.T + (bias + other)
        h = c = inputs.new_zeros(len(inputs), layer.hidden_size)
        before, after = [], []
        for z in projected.unbind(1):
            before.append(h)
            i, f, g, o = (z + h @ hh.T).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            after.append(h)
        return Unrolled(projected, torch.stack(before, 1), torch.stack(after, 1))
