"""scikit-learn's tests of `SequentialFeatureSelector`, around our regressor."""

import pytest
import stand_ins
from suites import borrow

pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]

DIFFERENCES = {
    "test_n_features_to_select_stopping_criterion[forward]": (
        "It asks that a column more costs no score, which holds for least squares on "
        "data without noise; a network of few rows pays for each column."
    ),
    "test_backward_neg_tol": (
        "It asks that a column less costs score on the training rows, which holds for "
        "least squares; twenty epochs may fit fewer columns better."
    ),
}
TestSequentialFeatureSelector = borrow(
    "sklearn.feature_selection.tests.test_sequential",
    {"sklearn.linear_model": {"LinearRegression": stand_ins.LinearRegression}},
    DIFFERENCES,
)
