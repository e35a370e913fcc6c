"""What is offered for a network and its training, in words."""

ACTIVATION_NAMES = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "relu": "ReLU",
    "identity": "identity",
}
SCHEME_NAMES = {
    "xavier_uniform": "Xavier uniform",
    "xavier_normal": "Xavier normal",
    "he_uniform": "He uniform",
    "he_normal": "He normal",
    "uniform": "Uniform, ±0.5",
    "normal": "Normal, deviation 1",
    "zeros": "Zeros, to see why not",
}
LOSS_NAMES = {
    "half_mse": "half mean square (eq. 1)",
    "mse": "mean square",
    "half_sse": "half sum of squares",
    "cross_entropy": "cross-entropy",
}
OPTIMIZER_NAMES = {
    "gd": "Gradient descent",
    "momentum": "Momentum",
    "nesterov": "Nesterov momentum",
    "rmsprop": "RMSprop",
    "adam": "Adam",
}
