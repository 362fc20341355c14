"""scikit-learn's tests of `RFE` and `RFECV`, around our classifier and regressor."""

import pytest
import stand_ins
from suites import borrow

pytestmark = [pytest.mark.filterwarnings("default"), pytest.mark.slow]

DIFFERENCES = {
    "test_rfecv": (
        "RFECV keeps the number of columns that scores best over the folds: four for "
        "a linear machine on iris, while a network is as good with a fifth."
    ),
    "test_RFE_fit_score_params": (
        "It reads coef_ of the estimator that it wraps; a network has coefs_ and "
        "feature_importances_."
    ),
}
TestRFE = borrow(
    "sklearn.feature_selection.tests.test_rfe",
    {
        "sklearn.ensemble": {
            "RandomForestClassifier": stand_ins.RandomForestClassifier
        },
        "sklearn.svm": {"SVC": stand_ins.SVC, "SVR": stand_ins.SVR},
    },
    DIFFERENCES,
)
