"""The torch modules; each declares its own units."""

from skprune.modules.base import PrunableModule, Tap
from skprune.modules.lstm import LSTM
from skprune.modules.mlp import MLP

__all__ = ["LSTM", "MLP", "PrunableModule", "Tap"]
