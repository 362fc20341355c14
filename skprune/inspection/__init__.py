"""Why a network predicts what it does, and what was pruned: reasons and pictures."""

from skprune.inspection.feature_importance import FeatureImportanceDisplay
from skprune.inspection.interaction import Interactions, interactions
from skprune.inspection.network_display import NetworkDisplay
from skprune.inspection.reasons import ReasonCodes, reason_codes
from skprune.inspection.sparsity_path import SparsityPathDisplay
from skprune.inspection.text import export_text

__all__ = [
    "FeatureImportanceDisplay",
    "Interactions",
    "NetworkDisplay",
    "ReasonCodes",
    "SparsityPathDisplay",
    "export_text",
    "interactions",
    "reason_codes",
]
