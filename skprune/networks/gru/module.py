"""Networks of gated recurrent units."""

import torch
from torch import Tensor, nn

from skprune.networks.recurrent.layer import Unrolled, weights
from skprune.networks.recurrent.module import RecurrentNetwork


class GRU(RecurrentNetwork):
    """Layers of gated recurrent units, then a perceptron on the last state.

    The gates are, in torch's order, the reset gate, the update gate and the candidate,

        n = tanh(W x + b + r * (U h + d)),    h' = (1 - z) * n + z * h.

    The reset gate is between the candidate's two parts, bias included, so that these
    are two maps, and a cell has four as an LSTM's has.

    References
    ----------
    K. Cho, B. van Merrienboer, C. Gulcehre, D. Bahdanau, F. Bougares, H. Schwenk and
    Y. Bengio, "Learning phrase representations using RNN encoder-decoder for
    statistical machine translation", EMNLP, 2014.
    """

    cell = "gru"
    layer_type = nn.GRU
    input_maps, state_maps = (0, 1, 2), (0, 1, 3)

    @staticmethod
    def unroll(layer: nn.RNNBase, inputs: Tensor) -> Unrolled:
        """Run a layer step by step, so that its parts have gradients."""
        ih, hh, bias, other = weights(layer)
        projected = inputs @ ih.T + bias
        h = inputs.new_zeros(len(inputs), layer.hidden_size)
        before, after, passed = [], [], []
        for x in projected.unbind(1):
            before.append(h)
            by_r, by_z, by_n = (h @ hh.T + other).chunk(3, 1)
            r, z, n = x.chunk(3, 1)
            r, z = torch.sigmoid(r + by_r), torch.sigmoid(z + by_z)
            n = torch.tanh(n + r * by_n)
            h = n + z * (h - n)
            after.append(h)
            ones = torch.ones_like(r)
            passed.append(torch.cat([ones, ones, r], 1))
        states = torch.stack(before, 1), torch.stack(after, 1)
        return Unrolled(projected, *states, torch.stack(passed, 1))
