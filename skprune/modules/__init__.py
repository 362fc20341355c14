"""The torch modules; each declares its own units."""

from skprune.modules.base import PrunableModule, Tap
from skprune.modules.mlp import MLP

__all__ = ["MLP", "PrunableModule", "Tap"]
