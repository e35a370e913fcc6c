"""Labels of activations, weight initialisations, losses and optimisers."""

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
    "normal": "Normal, std. dev. 1",
    "zeros": "Zeros (shows the symmetry problem)",
}
LOSS_NAMES = {
    "half_mse": "half MSE (eq. 1)",
    "mse": "MSE",
    "half_sse": "half SSE",
    "cross_entropy": "cross-entropy",
}
OPTIMIZER_NAMES = {
    "gd": "Gradient descent",
    "momentum": "Momentum",
    "nesterov": "Nesterov momentum",
    "rmsprop": "RMSprop",
    "adam": "Adam",
}
