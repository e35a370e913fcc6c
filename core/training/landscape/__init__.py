"""Loss landscape of a run: C over a plane through its own path, and how curved it is there.

path:       `WeightPath`: the weights of epochs evenly spaced along the path
plane:      `Plane`: two directions through the path, and back to weights
points:     `surface`, `costs`, `line`: C over a plane, at places of it, along a line;
            `random_sample` of the rows of a large data set
stability:  `curvature`: the largest eigenvalue of the Hessian; `stability_limit` of a step size
objective:  what is minimised: its gradient, and the Hessian's products
eigenvalue: the largest algebraic eigenvalue of a symmetric matrix, dense or by Lanczos
steps:      a long computation in short steps; `complete` goes through them

Whatever takes long is a generator of steps: after each it yields how many of how many are done,
and its return value is the result. `complete(surface(…))` is that result.
"""

from core.training.landscape.path import WeightPath
from core.training.landscape.plane import Plane
from core.training.landscape.points import costs, line, random_sample, surface
from core.training.landscape.stability import Curvature, curvature, stability_limit
from core.training.landscape.steps import Steps, complete

__all__ = [
    "Curvature",
    "Plane",
    "Steps",
    "WeightPath",
    "complete",
    "costs",
    "curvature",
    "line",
    "random_sample",
    "stability_limit",
    "surface",
]
