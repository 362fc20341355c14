"""scikit-learn's tests of `SelectFromModel`, around our classifier."""

import pytest
import stand_ins
from suites import borrow

pytestmark = pytest.mark.filterwarnings("default")

NO_COEF = (
    "It reads coef_, a weight for each column; a network has layers of them, in "
    "coefs_, and tells of its columns in feature_importances_."
)
DIFFERENCES = {
    "test_2d_coef": NO_COEF,
    "test_prefit": NO_COEF,
    "test_importance_getter[estimator0-named_steps.logisticregression.coef_]": NO_COEF,
    "test_feature_importance_sparse": NO_COEF,
    "test_partial_fit": (
        "All of it holds up to the last line, which asks that a forest has no "
        "partial_fit; the network that stands for it has one."
    ),
    "test_prefit_get_feature_names_out": (
        "A forest of two trees finds the one petal column of iris the more important; "
        "a network finds the other."
    ),
}
TestSelectFromModel = borrow(
    "sklearn.feature_selection.tests.test_from_model",
    {
        "sklearn.ensemble": {
            "RandomForestClassifier": stand_ins.RandomForestClassifier
        },
        "sklearn.linear_model": {
            "LogisticRegression": stand_ins.LogisticRegression,
            "SGDClassifier": stand_ins.SGDClassifier,
        },
        "sklearn.svm": {"LinearSVC": stand_ins.LinearSVC},
    },
    DIFFERENCES,
)
