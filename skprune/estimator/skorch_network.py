"""A fitted estimator's network as a skorch network."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from skprune.estimator.targets import Targets
from skprune.losses import get_loss
from skprune.training.compact_net import CompactNet
from skprune.training.factory import OPTIMIZERS
from skprune.training.net import MeanLoss
from skprune.training.readout import Readout


def skorch_network(estimator: Any) -> CompactNet:
    """Return a fitted estimator's network as a skorch network."""
    targets = fitted_targets(estimator)
    classes, multilabel = None, False
    if targets.scaling is None:
        classes, multilabel = estimator.classes_, estimator._multilabel
    readout = replace(
        Readout.of_targets(targets), classes=classes, multilabel=multilabel
    )
    module = estimator._kind.rebuild(estimator._predictor)
    into_unit_size(module.network.linears[-1], estimator._predictor.layers[-1], targets)
    batch_size = 200 if estimator.batch_size == "auto" else estimator.batch_size
    # As much of a plan as an optimizer reads.
    plan: Any = SimpleNamespace(
        **{**estimator.get_params(deep=False), "batch_size": batch_size}
    )
    net = CompactNet(
        module,
        MeanLoss(targets.loss),
        readout=readout,
        loss_scale=targets.loss_scale,
        train_split=None,
        batch_size=batch_size,
        verbose=int(estimator.verbose),
        **OPTIMIZERS[plan.solver](plan),
    )
    return net.initialize().go_on(estimator.callbacks, estimator._history.rows())


def fitted_targets(estimator: Any) -> Targets:
    """Return what the targets were like that an estimator was fitted to."""
    name, parameters = estimator._loss_spec
    scaling = vars(estimator).get("_scaling")
    return Targets(get_loss(name, **parameters), estimator.n_outputs_, scaling)


@torch.no_grad()
def into_unit_size(linear: Any, layer: Any, targets: Targets) -> None:
    """Give a rebuilt output layer the weights that make its outputs of unit size."""
    weight, bias = targets.into_unit_size(layer.dense, layer.bias[:, 0])
    linear.weight.copy_(torch.from_numpy(np.asarray(weight)))
    linear.bias.copy_(torch.from_numpy(np.asarray(bias)))
