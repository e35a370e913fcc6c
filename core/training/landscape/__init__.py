"""Loss landscape of a run: C over a plane through its own path, and how curved it is there.

path:       `WeightPath`: the weights of epochs evenly spaced along the path
plane:      `Plane`: two directions through the path, and back to weights
points:     `surface`, `line`, `costs`: C over a plane, along a line, at any weights;
            `random_sample` of the rows of a large data set
stability:  `curvature`: the largest eigenvalue of the Hessian; `stability_limit` of a step size
objective:  what is minimised: its gradient, and the Hessian's products
eigenvalue: the largest algebraic eigenvalue of a symmetric matrix, dense or by Lanczos
progress:   how far a computation is, ten times a second, and its end when cancelled

Whatever takes long calls `progress(done, total)` and raises `concurrent.futures.CancelledError`
if that returns True.
"""

from core.training.landscape.path import WeightPath
from core.training.landscape.plane import Plane
from core.training.landscape.points import costs, line, random_sample, surface
from core.training.landscape.stability import Curvature, curvature, stability_limit

__all__ = [
    "Curvature",
    "Plane",
    "WeightPath",
    "costs",
    "curvature",
    "line",
    "random_sample",
    "stability_limit",
    "surface",
]
