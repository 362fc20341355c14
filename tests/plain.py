"""Networks, losses and units in plain NumPy, to compare the package's with.

Nothing is imported from the package: a network is its parameters by name, as
float64 arrays, and a unit is the list of its entries, ``(parameter, index)``.
"""

import itertools

import numpy as np

ACTIVATIONS = {
    "identity": lambda x: x,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
}


def forward(p, x, activation, n_channels=1):
    """Return the outputs, and the inputs of each linear map by its weight's name."""
    if "layers.0.weight" in p:
        return _dense(p, "layers", x, activation, {})
    seen, steps = {}, x.reshape(len(x), -1, n_channels)
    if "lags" in p:
        seen["lags"] = steps.transpose(0, 2, 1).reshape(-1, steps.shape[1])
        read = [t for t, factor in enumerate(p["lags"]) if factor != 0]
        steps = np.stack([steps[:, t] * p["lags"][t] for t in read], 1)
    for i in itertools.count():
        if f"layers.{i}.weight_ih_l0" not in p:
            return _dense(p, "head", steps[:, -1], activation, seen)
        steps = _cells(p, f"layers.{i}", steps, seen)


def _dense(p, name, x, activation, seen):
    for i in itertools.count():
        if f"{name}.{i}.weight" not in p:
            return x, seen
        x = x if i == 0 else ACTIVATIONS[activation](x)
        seen[f"{name}.{i}.weight"] = x
        x = x @ p[f"{name}.{i}.weight"].T + p[f"{name}.{i}.bias"]


def _cells(p, name, steps, seen):
    ih, hh = p[f"{name}.weight_ih_l0"], p[f"{name}.weight_hh_l0"]
    h = c = np.zeros((len(steps), hh.shape[1]))
    step = {3: _gru, 4: _lstm}[len(hh) // hh.shape[1]]
    before, after = [], []
    for t in range(steps.shape[1]):
        before.append(h)
        of_inputs = steps[:, t] @ ih.T + p[f"{name}.bias_ih_l0"]
        h, c = step(of_inputs, h @ hh.T + p[f"{name}.bias_hh_l0"], h, c)
        after.append(h)
    seen[f"{name}.weight_ih_l0"] = steps.reshape(-1, steps.shape[2])
    seen[f"{name}.weight_hh_l0"] = np.concatenate(before)
    return np.stack(after, 1)


def _lstm(of_inputs, of_state, h, c):
    i, f, g, o = np.split(of_inputs + of_state, 4, axis=1)
    sigmoid = ACTIVATIONS["logistic"]
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def _gru(of_inputs, of_state, h, c):
    pairs = zip(*(np.split(x, 3, axis=1) for x in (of_inputs, of_state)), strict=True)
    (r, by_r), (z, by_z), (n, by_n) = pairs
    sigmoid = ACTIVATIONS["logistic"]
    r, z = sigmoid(r + by_r), sigmoid(z + by_z)
    return (1 - z) * np.tanh(n + r * by_n) + z * h, c


def row_losses(loss, z, y):
    """Return the loss of each row."""
    if loss == "binary":
        return (np.log1p(np.exp(z)) - y * z).sum(1)
    if loss == "multiclass":
        return np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), y]
    return ((z - y) ** 2).mean(1) / 2


def row_mistakes(loss, z, y):
    """Return which rows are wrong, or their losses in regression."""
    if loss == "binary":
        return np.array([any((a > 0) != (b > 0.5)) for a, b in zip(z, y, strict=True)])
    if loss == "multiclass":
        return z.argmax(1) != y
    return row_losses(loss, z, y)


def units(p, granularity):
    """Return the groups, each a list of units, each a list of entries."""
    if granularity == "lag":
        return [[[("lags", (t,))] for t in range(len(p["lags"]))]]
    if granularity == "weight":
        matrices = [name for name, w in p.items() if w.ndim == 2]
        return [[[(n, at)] for at in np.ndindex(p[n].shape)] for n in matrices]
    if granularity == "feature":
        name = "layers.0.weight" if "layers.0.weight" in p else "layers.0.weight_ih_l0"
        return [[column(p, name, j) for j in range(p[name].shape[1])]]
    return _neurons(p) if "layers.0.weight" in p else _recurrent_cells(p)


def joined(group, labels):
    """Return larger units: all entries of the units of one label."""
    found = [[] for _ in range(max(labels) + 1)]
    for unit, label in zip(group, labels, strict=True):
        found[label] += unit
    return found


def column(p, name, j):
    """Return the entries of a column of a matrix."""
    return [(name, (i, j)) for i in range(len(p[name]))]


def row(p, name, i):
    """Return the entries of a row of a matrix."""
    return [(name, (i, j)) for j in range(p[name].shape[1])]


def _neurons(p):
    found = []
    for i in range(len(p) // 2 - 1):
        here, after = f"layers.{i}.weight", f"layers.{i + 1}.weight"
        bias = [[(f"layers.{i}.bias", (j,))] for j in range(len(p[here]))]
        pairs = enumerate(bias)
        found.append([row(p, here, j) + b + column(p, after, j) for j, b in pairs])
    return found


def _recurrent_cells(p):
    n_layers = sum(name.endswith("weight_hh_l0") for name in p)
    found = []
    for i in range(n_layers):
        hh = f"layers.{i}.weight_hh_l0"
        reader = f"layers.{i + 1}.weight_ih_l0" if i + 1 < n_layers else "head.0.weight"
        n = p[hh].shape[1]
        found.append([_cell(p, i, j, n, reader) for j in range(n)])
    return found


def _cell(p, i, j, n, reader):
    entries = []
    for kind in ("ih", "hh"):
        for gate in range(len(p[f"layers.{i}.weight_hh_l0"]) // n):
            entries += row(p, f"layers.{i}.weight_{kind}_l0", gate * n + j)
            entries += [(f"layers.{i}.bias_{kind}_l0", (gate * n + j,))]
    hh = f"layers.{i}.weight_hh_l0"
    return entries + column(p, hh, j) + column(p, reader, j)


def strongest_path(p):
    """Return the entries of the path with the largest product, of all paths."""
    chain = [(name, w) for name, w in p.items() if name.endswith(".weight")]
    cells = [(name, w) for name, w in p.items() if name.endswith("weight_ih_l0")]
    widths = [p[name.replace("ih", "hh")].shape[1] for name, _ in cells]
    gates = [(name, 2 * n, n) for (name, _), n in zip(cells, widths, strict=True)]
    links = [(n, start, p[n][start : start + size]) for n, start, size in gates]
    links += [(name, 0, w) for name, w in chain]
    widths = [range(links[0][2].shape[1]), *(range(len(w)) for _, _, w in links)]

    def product(path):
        pairs = zip(links, itertools.pairwise(path), strict=True)
        return np.prod([abs(w[b, a]) for (_, _, w), (a, b) in pairs])

    best = max(itertools.product(*widths), key=product)
    pairs = zip(links, itertools.pairwise(best), strict=True)
    return {name: (start + b, a) for (name, start, _), (a, b) in pairs}


def on_paths(masks):
    """Return the weights on any path through layers of kept weights, by search."""
    widths = [range(masks[0].shape[1]), *(range(len(m)) for m in masks)]
    live = [np.zeros_like(m) for m in masks]
    for path in itertools.product(*widths):
        pairs = list(itertools.pairwise(path))
        if all(m[b, a] for m, (a, b) in zip(masks, pairs, strict=True)):
            for found, (a, b) in zip(live, pairs, strict=True):
                found[b, a] = True
    return live
