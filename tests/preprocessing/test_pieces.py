"""Numbers as the pieces of a curve."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import ndtri
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from skprune.preprocessing import PiecewiseLinearEncoder

COLUMN = np.array([[0.0], [1.0], [2.0], [10.0], [np.nan]])
# Multiples of 1/8, so that ties are frequent and no difference is lost to rounding.
NUMBERS = st.integers(-8000, 8000).map(lambda n: n / 8)
COLUMNS = st.lists(NUMBERS, min_size=2, max_size=60).filter(lambda x: len(set(x)) > 1)


ALONE = PiecewiseLinearEncoder(add_score=True, max_pieces=0)


@parametrize_with_checks([PiecewiseLinearEncoder(), ALONE])
def test_scikit_learns_checks(estimator, check):
    if check.func.__name__ == "check_array_api_input":
        pytest.skip("needs SCIPY_ARRAY_API to be set before anything is imported")
    check(estimator)


def test_by_hand():
    encoder = PiecewiseLinearEncoder(2).fit(COLUMN)
    # The quantiles of 0, 1, 2, 10 at 0, 1/2 and 1 that are among them.
    assert_array_equal(encoder.knots_[0], [0, 1, 10])
    given = encoder.transform([[-5.0], [0.0], [0.25], [1.0], [5.5], [10.0], [1e9]])
    pieces = [[0, 0], [0, 0], [0.25, 0], [1, 0], [1, 0.5], [1, 1], [1, 1]]
    assert_array_equal(given, np.c_[pieces, np.zeros(7)])


def test_a_missing_value_is_the_median_and_flagged():
    encoder = PiecewiseLinearEncoder(2).fit(COLUMN)
    assert_array_equal(encoder.transform([[np.nan]]), [[1, 0, 1]])
    assert_array_equal(encoder.medians_, [1])
    assert_array_equal(encoder.flagged_, [True])


def test_flags_may_be_left_out():
    encoder = PiecewiseLinearEncoder(2, add_indicator=False).fit(COLUMN)
    assert_array_equal(encoder.transform([[np.nan]]), [[1, 0]])


def test_what_was_never_missing_counts_as_the_median():
    encoder = PiecewiseLinearEncoder(4).fit(COLUMN[:4])
    assert_array_equal(encoder.transform([[np.nan]]), encoder.transform([[1.0]]))


def test_few_values_bend_at_each():
    X = np.repeat([[3.0], [5.0], [9.0]], [98, 1, 1], axis=0)
    encoder = PiecewiseLinearEncoder(16).fit(X)
    assert_array_equal(encoder.knots_[0], [3, 5, 9])
    assert_array_equal(encoder.transform(X[-3:]), [[0, 0], [1, 0], [1, 1]])


def test_quantiles_that_coincide_are_one():
    X = np.r_[np.zeros(40), np.arange(1, 25)][:, None]
    (knots,) = PiecewiseLinearEncoder(2).fit(X).knots_
    assert_array_equal(knots, [0, 24])


def test_there_are_pieces_within_the_tails():
    X = np.random.default_rng(0).standard_cauchy(size=(10_000, 1))
    (knots,) = PiecewiseLinearEncoder(8).fit(X).knots_
    beyond = (X <= knots).mean(axis=0)
    assert_allclose(ndtri(beyond), np.linspace(-3, 3, 9), atol=0.02)


def test_columns_that_hold_one_value_or_none_have_no_piece():
    X = np.array([[1.0, 7.0, np.nan, 2.0], [2.0, 7.0, np.nan, np.nan]])
    encoder = PiecewiseLinearEncoder().fit(X)
    assert_array_equal(encoder.transform(X), [[0, 0], [1, 1]])
    assert_array_equal(encoder.feature_origins_, [0, 3])
    assert list(encoder.get_feature_names_out()) == ["x0_piece1", "x3_missing"]


def test_booleans_are_one_column():
    encoder = PiecewiseLinearEncoder().fit([[True], [False]])
    assert_array_equal(encoder.transform([[False], [True]]), [[0], [1]])


def test_the_columns_of_a_number_are_known():
    X = np.c_[COLUMN, [1, 2, 3, 4, 5], [0, 1, 0, 1, np.nan]]
    encoder = PiecewiseLinearEncoder(2).fit(X)
    assert_array_equal(encoder.feature_origins_, [0, 0, 0, 1, 1, 2, 2])
    names = encoder.get_feature_names_out(["a", "b", "c"])
    for origin, name in zip(encoder.feature_origins_, names, strict=True):
        assert name.startswith("abc"[origin] + "_")
    assert encoder.transform(X).shape == (5, len(names))


@given(COLUMNS, st.integers(1, 20), st.lists(NUMBERS, min_size=2, max_size=20))
def test_laws(x, n_pieces, points):
    encoder = PiecewiseLinearEncoder(n_pieces).fit(np.c_[x])
    (knots,) = encoder.knots_
    points = np.sort(points)
    out = encoder.transform(np.c_[points])
    assert 1 <= out.shape[1] <= n_pieces
    assert set(knots) <= set(x) and knots[0] == min(x) and knots[-1] == max(x)
    # The pieces' lengths, weighted by how far each is passed, lead up to the number.
    inside = np.clip(points, knots[0], knots[-1])
    assert_allclose(knots[0] + out @ np.diff(knots), inside, atol=1e-9)
    # Every output rises, or rests, and no piece starts before the last one is passed.
    assert (np.diff(out, axis=0) >= 0).all()
    assert ((out[:, 1:] == 0) | (out[:, :-1] == 1)).all()
    assert ((out >= 0) & (out <= 1)).all()


@given(COLUMNS, st.integers(1, 20), NUMBERS, st.floats(0, 1e-3))
def test_it_is_continuous(x, n_pieces, point, step):
    encoder = PiecewiseLinearEncoder(n_pieces).fit(np.c_[x])
    before, after = encoder.transform([[point], [point + step]])
    steepest = 1 / np.diff(encoder.knots_[0]).min()
    assert np.abs(after - before).sum() <= steepest * step + 1e-9


@given(COLUMNS, st.integers(1, 20), st.integers(0, 10))
def test_missing_values_do_not_move_the_pieces(x, n_pieces, n_missing):
    gaps = np.full(n_missing, np.nan)
    whole = PiecewiseLinearEncoder(n_pieces).fit(np.c_[x])
    gappy = PiecewiseLinearEncoder(n_pieces).fit(np.r_[x, gaps][:, None])
    assert_array_equal(whole.knots_[0], gappy.knots_[0])
    assert whole.medians_ == gappy.medians_
    assert gappy.transform([[np.nan]]).sum() >= bool(n_missing)


@given(COLUMNS, st.integers(1, 8), st.data())
def test_a_weight_is_a_number_of_rows(x, n_pieces, data):
    n = len(x)
    weight = data.draw(arrays(np.int64, n, elements=st.integers(0, 3)))
    weight[0] = 1
    weighted = PiecewiseLinearEncoder(n_pieces).fit(np.c_[x], sample_weight=weight)
    repeated = PiecewiseLinearEncoder(n_pieces).fit(np.repeat(x, weight)[:, None])
    assert_array_equal(weighted.knots_[0], repeated.knots_[0])
    assert weighted.medians_ == repeated.medians_
    assert_allclose(weighted.scores_[0], repeated.scores_[0])


def test_a_sum_of_pieces_is_any_line_through_the_knots():
    # Independent of the encoding: interpolation between the values at the knots.
    rng = np.random.default_rng(0)
    X = rng.lognormal(size=(500, 1))
    encoder = PiecewiseLinearEncoder(8).fit(X)
    (knots,) = encoder.knots_
    heights = rng.normal(size=9)
    given = heights[0] + encoder.transform(X) @ np.diff(heights)
    assert_allclose(given, np.interp(X[:, 0], knots, heights), atol=1e-12)


def test_a_score_by_hand():
    # Mid-ranks of 0, 0, 4, 8 are 1/4, 5/8 and 7/8.
    X = np.array([[0.0], [0.0], [4.0], [8.0]])
    heights = ndtri([0.25, 0.25, 0.625, 0.875])
    expected = (heights - heights.mean()) / heights.std()
    out = PiecewiseLinearEncoder(add_score=True).fit_transform(X)
    assert_allclose(out[:, 0], expected)
    assert_array_equal(out[:, 1:], [[0, 0], [0, 0], [1, 0], [1, 1]])


def test_a_score_is_normal_whatever_the_number():
    X = np.random.default_rng(0).standard_cauchy(size=(2000, 1))
    score = PiecewiseLinearEncoder(16, add_score=True).fit_transform(X)[:, 0]
    normal = ndtri((X[:, 0].argsort().argsort() + 0.5) / 2000)
    middle = np.abs(normal) < 2.5
    assert_allclose(score[middle], normal[middle], atol=0.15)
    assert_allclose([score.mean(), score.std()], [0, 1], atol=1e-9)


@given(COLUMNS, st.integers(1, 20), st.floats(0.1, 2))
def test_a_score_adds_nothing_that_pieces_cannot_say(x, n_pieces, height):
    encoder = PiecewiseLinearEncoder(n_pieces, height=height, add_score=True)
    out = encoder.fit_transform(np.c_[x])
    rises = np.diff(encoder.scores_[0]) / height
    assert_allclose(encoder.scores_[0][0] + out[:, 1:] @ rises, out[:, 0], atol=1e-9)
    assert (np.diff(encoder.scores_[0]) > 0).all()
    assert out[:, 1:].max() == height


def test_float32_stays_float32():
    X = np.random.default_rng(0).normal(size=(50, 2))
    encoder = PiecewiseLinearEncoder().fit(X)
    single = encoder.transform(X.astype(np.float32))
    assert single.dtype == np.float32 and encoder.transform(X).dtype == np.float64
    assert_allclose(single, encoder.transform(X), atol=1e-4)


def test_extremes_pass():
    X = np.array([[-1e300], [0.0], [5e-324], [1e300], [np.nan]])
    out = PiecewiseLinearEncoder().fit_transform(X)
    assert np.isfinite(out).all()
    assert_array_equal(out[3], [1, 1, 1, 0])


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinity_is_refused(bad):
    encoder = PiecewiseLinearEncoder()
    with pytest.raises(ValueError, match="infinity"):
        encoder.fit([[bad], [1.0]])


@pytest.mark.parametrize("n_pieces", [0, -1, 2.5, "16"])
def test_bad_numbers_of_pieces(n_pieces):
    with pytest.raises(ValueError, match="n_pieces"):
        PiecewiseLinearEncoder(n_pieces).fit(COLUMN)


@pytest.mark.parametrize("max_pieces, has_pieces", [(5, True), (4, False)])
def test_where_pieces_are_too_many_scores_stand_alone(max_pieces, has_pieces):
    # Three pieces, one and one.
    X = np.c_[[0, 1, 2, 3, np.nan], [0, 1, 0, 1, 0], [5, 5, 7, 7, np.nan]]
    whole = PiecewiseLinearEncoder(add_score=True).fit(X)
    encoder = PiecewiseLinearEncoder(add_score=True, max_pieces=max_pieces).fit(X)
    assert encoder.has_pieces_ == has_pieces
    names = whole.get_feature_names_out()
    kept = [has_pieces or "_piece" not in name for name in names]
    assert_array_equal(encoder.get_feature_names_out(), names[kept])
    assert_array_equal(encoder.feature_origins_, whole.feature_origins_[kept])
    assert_array_equal(encoder.transform(X), whole.transform(X)[:, kept])


@pytest.mark.parametrize("is_fitted", [True, False])
def test_what_was_stored_before_there_was_a_limit_loads(is_fitted):
    encoder = PiecewiseLinearEncoder(4)
    if is_fitted:
        encoder.fit(COLUMN)
    known = {"max_pieces", "has_pieces_"}
    state = {k: v for k, v in encoder.__getstate__().items() if k not in known}
    loaded = PiecewiseLinearEncoder.__new__(PiecewiseLinearEncoder)
    loaded.__setstate__(state)
    assert clone(loaded).get_params() == encoder.get_params()
    if is_fitted:
        assert_array_equal(loaded.transform(COLUMN), encoder.transform(COLUMN))
    else:
        with pytest.raises(NotFittedError):
            loaded.transform(COLUMN)


def test_something_is_left_of_a_number_without_pieces():
    with pytest.raises(ValueError, match="max_pieces takes add_score=True"):
        PiecewiseLinearEncoder(max_pieces=4).fit(COLUMN)


def test_rows_of_no_weight_are_no_rows():
    encoder = PiecewiseLinearEncoder().fit(COLUMN, sample_weight=[1, 0, 1, 0, 0])
    assert_array_equal(encoder.knots_[0], [0, 2])
    assert not encoder.flagged_[0]


def test_pickles_and_clones():
    encoder = PiecewiseLinearEncoder(3).fit(COLUMN)
    again = pickle.loads(pickle.dumps(encoder))
    assert_array_equal(again.transform(COLUMN), encoder.transform(COLUMN))
    assert clone(encoder).get_params() == encoder.get_params()


def test_frames_come_out_as_frames():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": [20, 30, 40], "flag": [True, False, True]})
    frame.index = [7, 8, 9]
    out = PiecewiseLinearEncoder().set_output(transform="pandas").fit_transform(frame)
    assert list(out.columns) == ["age_piece1", "age_piece2", "flag_piece1"]
    assert list(out.index) == [7, 8, 9]


def test_nullable_numbers():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": pandas.array([20, None, 40], dtype="Int64")})
    out = PiecewiseLinearEncoder().fit_transform(frame)
    assert_array_equal(out, [[0, 0], [0, 1], [1, 0]])
