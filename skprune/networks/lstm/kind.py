"""The LSTM network as a kind of network."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from skprune.inference.lstm import LSTMPredictor
from skprune.networks.kind import Array, Kind, Rescaling

if TYPE_CHECKING:
    from torch import nn

    from skprune.networks.lstm.module import LSTM


class RecurrentKind(Kind):
    """LSTM layers over the steps of a window, a perceptron on their last state."""

    name = "lstm"
    granularities = ("weight", "unit", "feature", "lag")
    # A signal passes more maps than in a perceptron, and all are held: with few rows a
    # prior as narrow as its leaves nothing of any.
    largest_prior = 1 / 32
    shaped_by = {
        "n_timesteps": "n_timesteps",
        "cells": "hidden_layer_sizes",
        "dense": "dense_layer_sizes",
        "activation": "activation",
        "lag_gates": "granularity",
    }

    def arguments(self, estimator: Any) -> dict[str, Any]:
        cells = estimator._sizes("hidden_layer_sizes")
        if not cells:
            raise ValueError("hidden_layer_sizes must name at least one LSTM layer.")
        if estimator.granularity == "lag" and estimator.regrow is not None:
            raise ValueError(
                "A time step that is skipped has no gradient to come back by: "
                "granularity='lag' needs regrow=None."
            )
        return {
            "n_timesteps": estimator.n_timesteps_,
            "n_channels": estimator.n_channels_,
            "cells": cells,
            "dense": estimator._sizes("dense_layer_sizes"),
            "n_outputs": estimator.n_outputs_,
            "activation": estimator.activation,
            "dropout": float(estimator.dropout),
            "lag_gates": estimator.granularity == "lag",
            "order": estimator._axes.order,
        }

    def n_layers(self, arguments: Mapping[str, Any]) -> int:
        return len(arguments["cells"]) + len(arguments["dense"]) + 2

    def build(self, arguments: Mapping[str, Any]) -> "LSTM":
        from skprune.networks.lstm.module import LSTM

        return LSTM(**arguments)

    def compact(
        self,
        module: Any,
        *,
        out_activation: str,
        into_own_units: Rescaling,
        n_bits: int | None = None,
    ) -> tuple[LSTMPredictor, list[Array]]:
        from skprune.networks.lstm.compaction import compact_lstm
        from skprune.networks.lstm.rebuilding import gate_rows
        from skprune.networks.storing import stored_layers

        found = compact_lstm(module)
        layers = [layer.arrays for layer in found.layers]
        layers += [(weight.numpy(), bias.numpy()) for weight, bias in found.head]
        cells = [kept.numpy() for kept in found.cells]
        units = [kept.numpy() for kept in found.units]
        widths = [layer.hidden_size for layer in module.lstms]
        rows = [*map(gate_rows, cells, widths), *units]
        stored = stored_layers(layers, rows, module, n_bits, into_own_units)
        predictor = LSTMPredictor(
            stored[: len(cells)],
            stored[len(cells) :],
            module.n_channels,
            found.steps.numpy(),
            found.channels.numpy(),
            found.factors.numpy(),
            module.activation,
            out_activation,
            None if module.order is None else module.order.numpy(),
        )
        return predictor, [*cells, *units]

    def rebuild(self, predictor: LSTMPredictor) -> "nn.Module":
        from skprune.networks.lstm.rebuilding import Arrays, rebuild_lstm

        arrays = Arrays.of_predictor(predictor)
        return rebuild_lstm(arrays, predictor.columns_read, predictor.activation)

    def expand(
        self,
        predictor: LSTMPredictor,
        units: Sequence[Array],
        arguments: Mapping[str, Any],
        into_unit_size: Rescaling,
    ) -> Array:
        from skprune.networks.lstm.rebuilding import Arrays, Places, expand_lstm

        arrays = Arrays.of_predictor(predictor)
        head = [*arrays.head[:-1], into_unit_size(*arrays.head[-1])]
        n_lstm = len(arguments["cells"])
        places = Places(units[:n_lstm], units[n_lstm:])
        network = self.build(arguments)
        return expand_lstm(network, arrays._replace(head=head), places)


LSTM_KIND = RecurrentKind()
