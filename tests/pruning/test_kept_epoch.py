"""Which epoch's weights are kept."""

import math

import pytest
import torch
from parts import BestEpoch, LastEpoch


@pytest.mark.parametrize("kind, kept", [(BestEpoch, 1), (LastEpoch, 3)])
def test_the_best_epoch_is_kept_or_the_last_that_is_finite(kind, kept):
    losses = [math.inf, 0.5, 0.7, 0.6, math.nan]
    epoch = kind()
    for i, loss in enumerate(losses):
        value = torch.tensor([float(i)])
        epoch.offer(loss, value)
        # What is kept does not follow the network.
        value.fill_(-1.0)
    assert epoch.loss == losses[kept] and epoch.value.item() == kept
    fresh = epoch.anew()
    assert type(fresh) is kind and fresh.value is None and fresh.loss == math.inf
