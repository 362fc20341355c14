"""A skorch network around a module that is already trained."""

from typing import Any

from skorch.history import History
from torch import nn

from skprune.training.losses import RowLoss
from skprune.training.net import PruningNet


def rebuild_net(
    module: nn.Module, row_loss: RowLoss, rows: list[dict[str, Any]]
) -> PruningNet:
    """Return an initialised network with the module's weights and a history."""
    net = PruningNet(module, row_loss).initialize()
    net.history_ = History(rows)
    net.module_.eval()
    return net
