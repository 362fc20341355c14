"""Reasons through a Pipeline, by the columns that went in."""

import numpy as np
import pandas as pd
import pytest
from instances import classifier
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
)

from skprune import PruningTransformer
from skprune.datasets import load_german_credit
from skprune.inspection import reason_codes
from skprune.preprocessing import make_tabular_preprocessor
from skprune.preprocessing.groups import column_origins

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RAW, BAD = load_german_credit(return_X_y=True, as_frame=True)
RAW = RAW.sample(300, random_state=0)
BAD = BAD.loc[RAW.index]
NUMBERS = ["duration_in_month", "credit_amount", "age_in_years"]
CODES = ["purpose", "housing", "savings_account_and_bonds"]
GAPS = RAW[NUMBERS].astype(float)
GAPS.iloc[::7, 0] = np.nan
GAPS.iloc[::5, 2] = np.nan
TABLE = GAPS.join(RAW[CODES]).reset_index(drop=True)

PREPARATIONS = {
    "recommended": lambda: make_tabular_preprocessor(n_pieces=3, min_frequency=20),
    "sparse": lambda: make_tabular_preprocessor(n_pieces=3, sparse_output=True),
    "usual": lambda: make_column_transformer(
        (
            make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
            NUMBERS[::-1],
        ),
        (OneHotEncoder(min_frequency=20, handle_unknown="ignore"), CODES),
    ),
    "splines": lambda: make_column_transformer(
        (make_pipeline(SimpleImputer(), SplineTransformer(3)), ["age_in_years"]),
        (OrdinalEncoder(), CODES),
        ("passthrough", ["credit_amount"]),
    ),
    "bins": lambda: make_column_transformer(
        (make_pipeline(SimpleImputer(), KBinsDiscretizer(4)), NUMBERS),
        (make_pipeline(OneHotEncoder(sparse_output=False), SelectKBest(k=3)), CODES),
    ),
    "union": lambda: make_column_transformer(
        (
            make_pipeline(
                SimpleImputer(),
                make_union(
                    StandardScaler(), QuantileTransformer(n_quantiles=10), "passthrough"
                ),
            ),
            NUMBERS,
        ),
    ),
}


@pytest.fixture(scope="module", params=PREPARATIONS)
def pipeline(request):
    preparation = PREPARATIONS[request.param]()
    model = make_pipeline(preparation, PruningTransformer(sparsity=0.2), classifier())
    return model.fit(TABLE, BAD)


def test_a_field_has_what_its_columns_have(pipeline):
    codes = reason_codes(pipeline, TABLE)
    seen = pipeline[:-1].transform(TABLE)
    by_column = reason_codes(pipeline[-1], seen)
    assert codes.names.tolist() == TABLE.columns.tolist()
    names = [str(n) for n in pipeline[:-1].get_feature_names_out()]
    for j, field in enumerate(TABLE):
        mine = [name for name in names if field in name]
        total = by_column.contributions[:, [names.index(name) for name in mine]].sum(1)
        assert_allclose(codes.contributions[:, j], total, atol=1e-12)
    assert_allclose(codes.scores, by_column.scores)
    # Of amounts in the thousands, as some of these are, float32 leaves so much.
    proba = pipeline.predict_proba(TABLE)[:, 1]
    assert_allclose(expit(codes.scores), proba, atol=2e-4)


def test_an_approved_applicant_as_baseline(pipeline):
    approved = TABLE.iloc[2]
    codes = reason_codes(pipeline, TABLE, baseline=approved)
    assert_array_equal(codes.contributions[2], 0)
    differs = TABLE.ne(approved) & ~(TABLE.isna() & approved.isna())
    assert_array_equal(codes.contributions[~differs.to_numpy()], 0)


def test_shapley_values_of_fields(pipeline):
    rows = TABLE.iloc[:5]
    codes = reason_codes(pipeline, rows, method="shapley")
    assert_allclose(codes.scores, reason_codes(pipeline, rows).scores)
    assert codes.contributions.shape == (5, 6)


def test_fields_in_groups():
    model = make_pipeline(PREPARATIONS["usual"](), classifier()).fit(TABLE, BAD)
    alone, whole = reason_codes(model, TABLE), ["numbers"] * 3 + ["codes"] * 3
    codes = reason_codes(model, TABLE, groups=whole)
    assert codes.names.tolist() == ["numbers", "codes"]
    assert_allclose(codes.contributions[:, 0], alone.contributions[:, :3].sum(1))


def test_arrays_without_names():
    X = RAW[NUMBERS].to_numpy(float)
    model = make_pipeline(StandardScaler(), classifier()).fit(X, BAD)
    codes = reason_codes(model, X)
    assert codes.names.tolist() == ["x0", "x1", "x2"]
    lone = make_pipeline(classifier()).fit(X, BAD)
    assert reason_codes(lone, X).contributions.shape == (300, 3)


@pytest.mark.parametrize(
    "step", [PCA(2), PolynomialFeatures(2), FunctionTransformer(np.log)], ids=str
)
def test_steps_that_mix_columns_or_do_not_tell(step):
    X = RAW[NUMBERS].to_numpy(float)
    model = make_pipeline(step, StandardScaler(), classifier()).fit(X, BAD)
    with pytest.raises(TypeError, match=f"{type(step).__name__} can't be traced"):
        reason_codes(model, X)


def test_words_have_no_raw_columns():
    with pytest.raises(TypeError, match="can't be traced"):
        column_origins(CountVectorizer().fit(["one", "two"]))


@pytest.mark.parametrize("level", ["a\x00b", "x0", "_", "\x001\x00"])
def test_levels_that_look_like_columns(level):
    table = pd.DataFrame({"x1": ["u", level, "u"], "x0": [level, "v", "w"]})
    encoder = OneHotEncoder().fit(table)
    if level == "\x001\x00":
        with pytest.raises(TypeError, match="can't be traced"):
            column_origins(encoder)
    else:
        assert column_origins(encoder).tolist() == [0, 0, 1, 1, 1]
