"""Networks that were trained elsewhere, pruned here."""

from skprune.pretrained.pruned import prune

__all__ = ["prune"]
