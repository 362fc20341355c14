"""Scores of credit risk: separation, probabilities, and how far a sample has moved."""

from skprune.metrics.probabilities import (
    brier_skill_score,
    expected_calibration_error,
)
from skprune.metrics.ranking import gini_score, ks_score
from skprune.metrics.scorers import (
    brier_skill_scorer,
    gini_scorer,
    ks_scorer,
    neg_expected_calibration_error_scorer,
)
from skprune.metrics.stability import (
    characteristic_stability_index,
    population_stability_index,
)

__all__ = [
    "brier_skill_score",
    "brier_skill_scorer",
    "characteristic_stability_index",
    "expected_calibration_error",
    "gini_score",
    "gini_scorer",
    "ks_score",
    "ks_scorer",
    "neg_expected_calibration_error_scorer",
    "population_stability_index",
]
