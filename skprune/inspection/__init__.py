"""Why a network predicts what it does, and what was pruned: reasons and pictures."""

from skprune.inspection.feature_importance import FeatureImportanceDisplay
from skprune.inspection.reasons import ReasonCodes, reason_codes

__all__ = ["FeatureImportanceDisplay", "ReasonCodes", "reason_codes"]
