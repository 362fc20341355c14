"""S&P 500: daily prices, and the volatility of the week that follows."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from sklearn.utils import Bunch
from sklearn.utils._param_validation import validate_params

from skprune.datasets._base import DATA_MODULE, import_pandas, read_table, read_text

FILENAME = "sp500_daily.csv.gz"
TARGET = "realised_volatility"
HORIZON = 5  # trading days, a week


@validate_params(
    {"return_X_y": ["boolean"], "as_frame": ["boolean"]},
    prefer_skip_nested_validation=True,
)
def load_sp500(
    *, return_X_y: bool = False, as_frame: bool = False
) -> Bunch | tuple[Any, Any]:
    r"""Load and return daily prices of the S&P 500 index (regression).

    ==============   ==========================================
    Samples total    5026 trading days, 1999-01-04 to 2018-12-21
    Dimensionality   5
    Features         real, positive: open, high, low, close, volume
    Target           real, positive: the volatility of the next five days
    ==============   ==========================================

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, returns ``(data, target)`` instead of a Bunch object.
    as_frame : bool, default=False
        If True, the data is a pandas DataFrame and the target a pandas Series,
        both indexed by date.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : {ndarray, DataFrame} of shape (5026, 5)
            Prices and volume, a row a trading day, oldest first.
        target : {ndarray, Series} of shape (5026,)
            The realised volatility of the five days after each day, see Notes.
        frame : DataFrame of shape (5026, 6) or None
            `data` and `target`, only where `as_frame=True`.
        dates : ndarray of shape (5026,), dtype datetime64[D]
            The day of each row.
        feature_names : list of str
            The names of the columns of `data`.
        target_names : list of str
            The name of the target.
        DESCR : str
            The full description: columns, provenance, licence.
        filename : str
            The name of the data file.
        data_module : str
            The package that holds the data file.

    (data, target) : tuple if ``return_X_y`` is True
        The data matrix and the target, as above.

    See Also
    --------
    load_german_credit : A table of loans.
    skprune.time_series.sliding_windows : Makes rows of a series.

    Notes
    -----
    With :math:`r_t` the log return of the close of day :math:`t` over that of
    day :math:`t - 1`, the target of day :math:`t` is
    :math:`\sqrt{\frac{1}{5} \sum_{k=1}^{5} r_{t+k}^2}`: per day, not annualised,
    and about the future alone. The last five days of the file have no target and
    are left out. Targets of neighbouring days share returns, so leave a gap of
    five rows between training and test: ``TimeSeriesSplit(gap=5)``.

    References
    ----------
    .. [1] Andersen, T. G., Bollerslev, T., Diebold, F. X., Labys, P., "Modeling and
       Forecasting Realized Volatility", Econometrica 71(2), 2003.

    Examples
    --------
    >>> from skprune.datasets import load_sp500
    >>> sp500 = load_sp500()
    >>> sp500.data.shape, sp500.target.shape
    ((5026, 5), (5026,))
    >>> sp500.feature_names
    ['open', 'high', 'low', 'close', 'volume']
    >>> sp500.dates[0]
    np.datetime64('1999-01-04')
    """
    table = read_table(FILENAME)
    feature_names = [name for name in table if name != "date"]
    prices = np.array([table[name] for name in feature_names], dtype=float).T
    target: Any = _future_volatility(prices[:, feature_names.index("close")])
    data: Any = prices[: len(target)].copy()
    dates = np.array(table["date"][: len(target)], dtype="datetime64[D]")
    frame = None
    if as_frame:
        pd = import_pandas("load_sp500")
        index = pd.DatetimeIndex(dates, name="date")
        frame = pd.DataFrame(data, index=index, columns=feature_names)
        frame[TARGET] = target
        data, target = frame[feature_names], frame[TARGET]
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        frame=frame,
        dates=dates,
        feature_names=feature_names,
        target_names=[TARGET],
        DESCR=read_text("descr", "sp500.rst"),
        filename=FILENAME,
        data_module=DATA_MODULE,
    )


def _future_volatility(close: NDArray[np.float64]) -> NDArray[np.float64]:
    # returns[t] leads from day t to day t + 1: so the window that starts at t is
    # the future of day t. n days have n - 1 returns and n - HORIZON windows.
    returns = np.diff(np.log(close))
    windows = sliding_window_view(returns**2, HORIZON)
    return np.sqrt(windows.mean(axis=1))
