"""The kinds of network, one folder each; importing it loads no torch.

A kind is an object, composed into the public estimators: what it builds, how it is
compacted exactly, and how it is put together again. See :mod:`skprune.networks.kind`.
"""
