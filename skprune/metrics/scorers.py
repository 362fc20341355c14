"""The scores as scorers, for ``scoring`` of searches and cross-validation.

Labels are {0, 1} or {-1, 1}, and 1 is the positive one. For other labels make one with
``make_scorer``, where ``pos_label`` is named. They request no metadata until they are
told to, as scikit-learn's own.

Examples
--------
>>> from sklearn.datasets import make_classification
>>> from sklearn.linear_model import LogisticRegression
>>> from sklearn.model_selection import cross_val_score
>>> from skprune.metrics import gini_scorer
>>> X, y = make_classification(random_state=0)
>>> cross_val_score(LogisticRegression(), X, y, scoring=gini_scorer).round(2)
array([0.76, 0.9 , 0.86, 0.6 , 0.88])
"""

from sklearn.metrics import make_scorer

from skprune.metrics.probabilities import (
    brier_skill_score,
    expected_calibration_error,
)
from skprune.metrics.ranking import gini_score, ks_score

_RANKS = {"response_method": ("decision_function", "predict_proba")}

ks_scorer = make_scorer(ks_score, **_RANKS)
"""Kolmogorov-Smirnov distance."""

gini_scorer = make_scorer(gini_score, **_RANKS)
"""Gini coefficient."""

brier_skill_scorer = make_scorer(brier_skill_score, response_method="predict_proba")
"""Brier skill score."""

neg_expected_calibration_error_scorer = make_scorer(
    expected_calibration_error,
    response_method="predict_proba",
    greater_is_better=False,
)
"""Negated expected calibration error."""
