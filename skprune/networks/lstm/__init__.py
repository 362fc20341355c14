"""Stacked LSTM layers with a dense head."""
