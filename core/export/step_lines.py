"""Lines of the exported NumPy script that compute each stop of a training step.

They are found in the script's syntax tree. A stop is lit with what it is a product with: ∂C/∂H with
∂Z/∂H, X and Z with their constant 1. The functions are those of the loss in use at the script's
epoch, the update is one epoch of its last loop.
"""

import ast
from collections.abc import Iterator, Sequence

from core.chain import Stop, stops
from core.export.forms import Values, layers
from core.network import Network

Lines = tuple[int, int]  # the first and the last one, counted from 1


def step_lines(script: str, net: Network) -> dict[str, list[Lines]]:
    """Return the ranges of lines by the stops' names, from the top of the script down.

    A fused loss has no ∂C/∂ŷ: it has the lines of ∂C/∂O.
    """
    places, of_matrix = _Places(script), layers(net)
    return {
        stop.name: _ranges(list(_statements(stop, of_matrix, places))) for stop in stops(net.layers)
    }


class _Places:
    """The script's statements that a stop may be computed by.

    script: the last assignment of each name outside functions. forward: those in `forward`, and
    gradients: those in the function that returns dW1. prediction, cost: the statements that return
    ŷ and C.
    epoch: the statements of the last loop's body, from after what early stopping compares.
    """

    def __init__(self, script: str) -> None:
        body = ast.parse(script).body
        functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
        self.script = _assignments(body)
        (*_, last) = (node for node in body if isinstance(node, ast.For))
        loops = (node for node in ast.walk(last) if isinstance(node, ast.For))
        (epoch,) = (loop for loop in loops if ast.unparse(loop.target) == "e")
        compared = [at for at, node in enumerate(epoch.body) if isinstance(node, ast.If)]
        self.epoch = epoch.body[max(compared, default=-1) + 1 :]
        self.forward = _assignments(functions["forward"].body)
        self.prediction = functions["forward"].body[-1]
        self.cost = functions[_function_name(self.script["C"])].body[-1]
        (step,) = (one for one in ast.walk(epoch) if "dW1" in _names(one))
        self.gradients = _assignments(functions[_function_name(step)].body)


def _statements(stop: Stop, of_matrix: Sequence[Values], at: _Places) -> Iterator[ast.stmt]:
    """Yield the statements that compute a stop."""
    of = of_matrix[stop.layer - 1]
    if stop.operation == "inputs":
        yield from (at.script["X"], at.forward[str(of_matrix[0]["inputs"])])
    elif stop.operation == "sum":
        yield at.forward[stop.name]
    elif stop.name == "y_hat":
        yield at.prediction
    elif stop.operation == "activation":
        yield from (at.forward[stop.name], at.forward[str(of_matrix[stop.layer]["inputs"])])
    elif stop.operation == "update":
        yield from at.epoch
    elif stop.operation == "cost":
        yield at.cost if stop.name == "C" else at.script["C"]
    else:
        names = {
            "error": (stop.name if stop.name in at.gradients else "dC_dO",),
            "slope": (*["mean"] * (stop.name == "dC_dO"), of["dZ_dH"], stop.name),
            "weights": (of["dH_dZ"], stop.name),
            "gradient": (of["dH_dW"], f"d{of['W']}"),
        }[stop.operation]
        found = (at.gradients.get(str(name)) for name in names)
        yield from filter(None, found)


def _assignments(body: Sequence[ast.stmt]) -> dict[str, ast.stmt]:
    return {name: node for node in body for name in _names(node)}


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names that an assignment sets; W1[0, 2] = … sets none."""
    if isinstance(node, ast.Assign):
        (target,) = node.targets
        yield from (
            one.id for one in getattr(target, "elts", [target]) if isinstance(one, ast.Name)
        )


def _function_name(node: ast.AST) -> str:
    """Return the name of the function whose result is assigned."""
    match node:
        case ast.Assign(value=ast.Call(func=ast.Name(id=name))):
            return name
    raise ValueError(f"{ast.unparse(node)} calls no function")


def _ranges(statements: Sequence[ast.stmt]) -> list[Lines]:
    """Return their lines in order; those that follow each other as one range."""
    found: list[Lines] = []
    for first, last in sorted((node.lineno, node.end_lineno or node.lineno) for node in statements):
        if found and found[-1][1] == first - 1:
            found[-1] = found[-1][0], last
        else:
            found.append((first, last))
    return found
