"""Why a network predicts what it does, and what was pruned: reasons and pictures."""

from skprune.inspection.evidence import PruningEvidence, pruning_report
from skprune.inspection.feature_importance import FeatureImportanceDisplay
from skprune.inspection.interaction import Interactions, interactions
from skprune.inspection.layer_sparsity import LayerSparsityDisplay
from skprune.inspection.network_display import NetworkDisplay
from skprune.inspection.reasons import ReasonCodes, reason_codes
from skprune.inspection.reliability import ReliabilityComparisonDisplay
from skprune.inspection.sparsity_path import SparsityPathDisplay
from skprune.inspection.text import export_text
from skprune.inspection.training_curve import TrainingCurveDisplay
from skprune.inspection.unreliable import unreliable_rows

__all__ = [
    "FeatureImportanceDisplay",
    "Interactions",
    "LayerSparsityDisplay",
    "NetworkDisplay",
    "PruningEvidence",
    "ReasonCodes",
    "ReliabilityComparisonDisplay",
    "TrainingCurveDisplay",
    "SparsityPathDisplay",
    "export_text",
    "interactions",
    "pruning_report",
    "reason_codes",
    "unreliable_rows",
]
