"""The network of the derivation, its gradients and its data: NumPy and pandas only."""
