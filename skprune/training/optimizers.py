"""torch's optimizers, made without loading torch's compiler.

``Optimizer.add_param_group`` is wrapped to keep the compiler out of it, and that
wrapper imports the compiler: some three seconds before the first fit of a process. What
it wraps needs none of that.
"""

import inspect

import torch


class _Uncompiled(torch.optim.Optimizer):
    add_param_group = inspect.unwrap(torch.optim.Optimizer.add_param_group)


class Adam(_Uncompiled, torch.optim.Adam):
    """:class:`torch.optim.Adam`."""


class AdamW(_Uncompiled, torch.optim.AdamW):
    """:class:`torch.optim.AdamW`."""


class SGD(_Uncompiled, torch.optim.SGD):
    """:class:`torch.optim.SGD`."""
