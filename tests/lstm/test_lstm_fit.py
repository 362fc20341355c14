"""What a fitted LSTM network promises."""

import pickle
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import torch
from networks import compacted, expanded, full_module
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skprune import PrunedLSTMClassifier, PrunedLSTMRegressor
from skprune.criteria import CRITERIA
from skprune.estimator.windows import Windows
from skprune.inference.cell_stack import FEW_ROWS
from skprune.time_series import sliding_windows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

TINY = {"hidden_layer_sizes": (6, 5), "dense_layer_sizes": (4,), "n_timesteps": 4}
TINY |= {"max_iter": 3, "prune_iter": 4, "random_state": 0, "sparsity": 0.5}
GRANULARITIES = ["weight", "unit", "feature", "lag"]

by_cell = pytest.mark.parametrize("cell", ["lstm", "gru"])


def rows(n=60, channels=3, outputs=1):
    draws = np.random.default_rng(0)
    X = draws.normal(size=(n, 4 * channels))
    y = X[:, -outputs:] + 0.5 * X[:, :outputs]
    return X, y[:, 0] if outputs == 1 else y


def regressor(**parameters):
    return PrunedLSTMRegressor(**(TINY | parameters))


@by_cell
@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_predictions_are_those_of_the_module(granularity, cell):
    X, y = rows(outputs=2)
    lstm = regressor(granularity=granularity, cell=cell).fit(X, y)
    with torch.no_grad():
        expected = lstm.module_(torch.tensor(X, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(lstm.predict(X), expected, atol=2e-6)


# One forward pass for each weight is slow, and the same code as for units.
TRIED = [
    pair
    for pair in product(sorted(CRITERIA), GRANULARITIES)
    if pair != ("error", "weight")
]


@by_cell
@pytest.mark.parametrize(("criterion", "granularity"), TRIED)
def test_every_criterion_removes_exactly_what_is_asked(criterion, granularity, cell):
    X, y = rows()
    amount = {"n_keep": 2, "sparsity": 0.9}
    if granularity in ("weight", "unit"):
        amount = {}
    asked = {"criterion": criterion, "granularity": granularity, "cell": cell}
    lstm = regressor(**asked, **amount).fit(X, y)
    keep = lstm.pruning_report_.layers
    if granularity == "feature":
        assert keep == {"inputs": 2 / 3}
    elif granularity == "lag":
        assert keep == {"lags": 0.5}
        assert len(lstm._predictor.steps) == 2
    elif granularity == "unit":
        assert sum(lstm._predictor.widths) == 11 - round(11 * 0.5)
    else:
        n_weights = sum(mask.size for mask in lstm.masks_.values())
        kept = sum(int(mask.sum()) for mask in lstm.masks_.values())
        assert kept == n_weights - round(n_weights * 0.5)


@pytest.mark.parametrize("schedule", ["one_shot", "linear", "iterative", "lottery"])
@pytest.mark.parametrize("scope", ["global", "layer"])
def test_every_schedule_and_scope(schedule, scope):
    X, y = rows()
    lstm = regressor(schedule=schedule, scope=scope, granularity="unit").fit(X, y)
    assert sum(lstm._predictor.widths) == 11 - round(11 * 0.5)


@pytest.mark.parametrize("regrow", ["gradient", "random", "soft"])
def test_weights_may_come_back(regrow):
    X, y = rows()
    lstm = regressor(regrow=regrow, prune_iter=6).fit(X, y)
    assert lstm.sparsity_ == pytest.approx(0.5, abs=0.01)


def test_skipped_steps_cannot_come_back():
    X, y = rows()
    with pytest.raises(ValueError, match="needs regrow=None"):
        regressor(granularity="lag", regrow="gradient").fit(X, y)


@by_cell
def test_cells_shrink_each_layer_by_itself(cell):
    X, y = rows()
    wide = {"hidden_layer_sizes": (9, 7, 5), "cell": cell}
    lstm = regressor(granularity="unit", **wide).fit(X, y)
    layers = lstm.module_.network.layers
    widths = [layer.hidden_size for layer in layers]
    assert sum(widths) == 21 - round(21 * 0.5)
    assert [layer.input_size for layer in layers[1:]] == widths[:-1]
    assert lstm.coefs_[0].shape == (3 + widths[0], 4 * widths[0])


def test_what_is_not_read_makes_no_difference():
    X, y = rows()
    for granularity in ("feature", "lag"):
        lstm = regressor(granularity=granularity).fit(X, y)
        unread = lstm.feature_importances_ == 0
        assert unread.sum() in (4, 6, 8)
        changed = X.copy()
        changed[:, unread] = 1e6
        np.testing.assert_array_equal(lstm.predict(X), lstm.predict(changed))


def test_no_sparsity_is_the_network_that_was_never_pruned():
    X, y = rows()
    pruned, dense = (regressor(sparsity=s).fit(X, y) for s in (0.5, 0.0))
    n = len(dense.loss_curve_)
    assert pruned.loss_curve_[:n] == dense.loss_curve_
    assert dense.n_nonzero_ == dense.pruning_report_.dense.nonzeros


def test_three_dimensional_rows_are_the_same_rows():
    X, y = rows()
    cube = X.reshape(-1, 4, 3)
    flat, deep = regressor(), regressor(n_timesteps=None)
    np.testing.assert_array_equal(
        flat.fit(X, y).predict(X), deep.fit(cube, y).predict(cube)
    )
    assert (deep.n_timesteps_, deep.n_channels_) == (4, 3)
    with pytest.raises(ValueError, match="5 time steps of 3 channels"):
        deep.predict(np.zeros((2, 5, 3)))
    with pytest.raises(ValueError, match="X has 4 time steps, but n_timesteps=6"):
        regressor(n_timesteps=6).fit(cube, y)


def test_columns_must_be_whole_steps():
    X, y = rows()
    with pytest.raises(ValueError, match="12 columns, which are not n_timesteps=5"):
        regressor(n_timesteps=5).fit(X, y)


def test_without_steps_each_column_is_one():
    X, y = rows()
    lstm = regressor(n_timesteps=None).fit(X, y)
    assert (lstm.n_timesteps_, lstm.n_channels_) == (12, 1)


def test_the_validation_rows_are_the_last_ones():
    X, y = rows(outputs=3)
    train, valid = Windows().split(regressor(validation_fraction=0.2), y, None)
    np.testing.assert_array_equal(valid, np.arange(48, 60))
    # Two rows between them have targets that reach into the first of those.
    np.testing.assert_array_equal(train, np.arange(46))


def test_dropout_and_clipping_take_part():
    X, y = rows()
    plain = regressor(clip_norm=None).fit(X, y).predict(X)
    for parameters in ({"dropout": 0.5}, {"clip_norm": 1e-3}):
        assert not np.array_equal(regressor(**parameters).fit(X, y).predict(X), plain)


def test_fits_are_equal_to_the_last_bit():
    X, y = rows()
    first = regressor(criterion="fisher", granularity="unit", dropout=0.1).fit(X, y)
    state = torch.random.get_rng_state()
    torch.rand(7)
    again = regressor(criterion="fisher", granularity="unit", dropout=0.1).fit(X, y)
    np.testing.assert_array_equal(first.predict(X), again.predict(X))
    torch.random.set_rng_state(state)


def test_global_random_state_is_left_alone():
    X, y = rows()
    state = torch.random.get_rng_state()
    regressor(dropout=0.2, criterion="fisher").fit(X, y)
    assert torch.equal(torch.random.get_rng_state(), state)


@by_cell
@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_warm_start_begins_where_the_compact_network_stands(granularity, cell):
    X, y = rows(outputs=2)
    lstm = regressor(granularity=granularity, warm_start=True, cell=cell).fit(X, y)
    value = expanded(lstm)
    module = full_module(lstm)
    torch.nn.utils.vector_to_parameters(torch.from_numpy(value), module.parameters())
    scaled = (lstm.predict(X) - lstm._scaling.centre) / lstm._scaling.scale
    with torch.no_grad():
        full = module.eval()(torch.tensor(X, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(full, scaled, atol=1e-5)
    assert lstm.fit(X, y).sparsity_ > 0.2


def test_a_network_goes_on_with_its_own_cells():
    X, y = rows()
    lstm = regressor(warm_start=True).fit(X, y).set_params(cell="gru")
    for learn in (lstm.fit, lstm.partial_fit):
        with pytest.raises(ValueError, match="cell"):
            learn(X, y)
    assert isinstance(lstm.module_.network.layers[0], torch.nn.LSTM)
    assert len(lstm.net_.predict(X.astype(np.float32))) == 60


@by_cell
def test_pickles_predict_the_same_and_load_no_torch(tmp_path, cell):
    X, y = rows()
    lstm = regressor(granularity="lag", cell=cell).fit(X, y)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(lstm)).predict(X), lstm.predict(X)
    )
    (tmp_path / "lstm.pkl").write_bytes(pickle.dumps((lstm, X)))
    program = (
        "import pickle, sys; lstm, X = pickle.load(open(sys.argv[1], 'rb'));"
        "lstm.predict(X); assert 'torch' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "lstm.pkl")], check=True
    )


@by_cell
def test_any_steps_and_channels_may_be_read(cell):
    X = rows()[0].astype(np.float32)
    lstm = regressor(granularity="lag", sparsity=0.0, cell=cell).fit(*rows())
    for steps, channels in ([0], [0, 1, 2]), ([0, 1], [0]), ([1, 3], [0, 2]):
        net = full_module(lstm)
        net.initialize(torch.Generator().manual_seed(0))
        with torch.no_grad():
            net.lags[[t for t in range(4) if t not in steps]] = 0.0
            others = [c for c in range(3) if c not in channels]
            net.layers[0].weight_ih_l0[:, others] = 0.0
        predictor = compacted(lstm, net)[0]
        assert predictor.steps.tolist() == steps
        assert predictor.channels.tolist() == channels
        with torch.no_grad():
            expected = net(torch.from_numpy(X)).numpy()
        expected = expected * lstm._scaling.scale + lstm._scaling.centre
        np.testing.assert_allclose(predictor(X), expected, atol=2e-6)


@by_cell
def test_chunks_make_no_difference(cell):
    X, y = rows(n=3000)
    lstm = regressor(granularity="unit", cell=cell).fit(X[:60], y[:60])
    whole = lstm.predict(X)
    parts = np.concatenate([lstm.predict(part) for part in np.array_split(X, 7)])
    np.testing.assert_allclose(whole, parts, atol=1e-6)


@by_cell
@pytest.mark.parametrize("width, alone", [(50, True), (100, False)])
def test_a_row_does_not_depend_on_a_few_others(width, alone, cell):
    X, y = rows()
    model = regressor(hidden_layer_sizes=(width,) * 2, cell=cell, max_iter=1)
    lstm = model.set_params(prune_iter=1, sparsity=0).fit(X, y)
    few = X[:FEW_ROWS]
    assert lstm._predictor.stack.rows_go_alone(len(few)) == alone
    assert not lstm._predictor.stack.rows_go_alone(len(few) + 1)
    each = np.concatenate([lstm.predict(row[None]) for row in few])
    np.testing.assert_allclose(
        lstm.predict(few), each, rtol=0, atol=0 if alone else 2e-6
    )


@by_cell
@pytest.mark.parametrize("n_rows", [1, 7])
def test_layers_run_abreast_as_they_do_one_after_another(n_rows, cell):
    X, y = rows()
    wide = {"hidden_layer_sizes": (6, 4, 5), "cell": cell, "n_timesteps": 3}
    predictor = regressor(**wide).fit(X[:, :9], y)._predictor
    block = np.random.default_rng(1).normal(size=(3, len(predictor.channels), n_rows))
    block = block.astype(np.float32)
    for steps in (1, 2, 3):  # also fewer than layers
        found = predictor.stack.run_abreast(block[:steps])
        expected = predictor.stack.run_by_layer(block[:steps])
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_classes_by_probability():
    X, y = rows(n=300)
    label = np.where(y > 0.5, "up", np.where(y < -0.5, "down", "flat"))
    lstm = PrunedLSTMClassifier(
        (12,), n_timesteps=4, learning_rate_init=0.02, max_iter=40, prune_iter=20,
        granularity="unit", sparsity=0.5, random_state=0, class_weight="balanced",
        prune_alpha=0.1,
    ).fit(X, label)  # fmt: skip
    assert lstm.score(X, label) > 0.8
    np.testing.assert_allclose(lstm.predict_proba(X).sum(1), 1, atol=1e-5)


def test_grid_of_amounts_in_a_pipeline_over_time():
    walk = np.cumsum(np.random.default_rng(0).normal(size=(90, 2)), axis=0)
    X, y = sliding_windows(walk, walk[:, 0], window=4, horizon=3)
    name = "prunedlstmregressor__"
    search = GridSearchCV(
        make_pipeline(StandardScaler(), regressor(sparsity=0.9)),
        {f"{name}granularity": ["unit", "feature", "lag"], f"{name}n_keep": [1, 2]},
        cv=TimeSeriesSplit(2, gap=2),
        error_score="raise",
    ).fit(X, y)
    assert search.predict(X).shape == (len(X), 3)


def test_the_future_never_changes_a_prediction():
    walk = np.cumsum(np.random.default_rng(0).normal(size=(80, 2)), axis=0)

    def forecasts(table):
        X, y = sliding_windows(table, table[:, 0], window=4, horizon=3)
        found = []
        for train, test in TimeSeriesSplit(2, gap=2).split(X):
            pipeline = make_pipeline(StandardScaler(), regressor(early_stopping=True))
            found.append((test[0], pipeline.fit(X[train], y[train]).predict(X[test])))
        return found

    before = forecasts(walk)
    for first, predicted in before:
        # The first test row sees days up to `today`; all later ones are its future.
        today = first + 3
        changed = walk.copy()
        changed[today + 1 :] += 50.0
        after = dict(forecasts(changed))[first]
        np.testing.assert_array_equal(after[0], predicted[0])
        assert not np.array_equal(after, predicted)
