"""The scikit-learn side; importing it loads no torch."""
