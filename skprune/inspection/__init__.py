"""Pictures of what was pruned, and what it did."""

from skprune.inspection.feature_importance import FeatureImportanceDisplay

__all__ = ["FeatureImportanceDisplay"]
