"""The network of the derivation, its gradients and its data: NumPy and pandas only.

activations: σ, tanh, ReLU, identity and softmax, each beside its slope
network:     the network as a value: W1, W2, activations, biases
losses:      the losses, each beside ∂C/∂ŷ
gradients:   the derivation, line by line: the chain rule for one hidden layer
chain:       the chain rule as a list of factors, for any depth
training:    a run: its epochs, settings and file
checking:    gradients against the truth: two independent checks, diagnosis, grading
table:       from bytes to typed columns
dataset:     from a table to X and y, and back
export:      scripts, notebooks and tables of a run
weights:     weights made elsewhere, of NumPy or PyTorch
utils:       what all of them need: checks of arguments, bounded archives and JSON, words
"""
