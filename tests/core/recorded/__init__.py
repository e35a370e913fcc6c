"""What torch, scikit-learn and mpmath compute, recorded by `make`: no test needs them."""
