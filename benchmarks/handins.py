"""Hand-ins: right, rounded and wrong gradients, as the tools that students use print them.

    for name, form in FORMS.items():
        text = form.write(gradients, problem)

All texts are NumPy's, PyTorch's, pandas's and json's own; nothing here formats a number.
"""

import io
import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import torch

from benchmarks.plain_gradients import Array, cut_off, hand, truth
from benchmarks.wrong_gradients import IDENTIFIERS, Handin, pairs, plant
from core.checking.problem import Problem

__all__ = ["FORMS", "IDENTIFIERS", "Form", "Handin", "cut_off", "hand", "pairs", "plant", "truth"]

Precision = Literal["full", "single", "short"]


class Form(NamedTuple):
    """A way to print gradients, and the digits that it keeps.

    `full` keeps all of a float64. `single` are float32 numbers, of which small ones may be printed
    to fewer digits yet. `short` keeps fewer: 8 decimals, or as few as 4.
    """

    name: str
    write: Callable[[Handin, Problem], str]
    precision: Precision


class Part(NamedTuple):
    """The gradient of one layer: of the weights and, unless it has none, of the biases."""

    layer: int
    dW: Array
    db: Array | None

    @property
    def whole(self) -> Array:
        """The matrix with the bias as last row."""
        return self.dW if self.db is None else np.vstack([self.dW, self.db])

    @property
    def arrays(self) -> dict[str, Array]:
        """The parts that there are by their names, dW1 and db1."""
        weights = {f"dW{self.layer}": self.dW}
        return weights if self.db is None else {**weights, f"db{self.layer}": self.db}


def parts(gradients: Handin, problem: Problem) -> list[Part]:
    """Return the layers that were handed in, biases apart."""
    found = []
    for layer, dW in enumerate(gradients, start=1):
        if dW is None:
            continue
        has_bias = problem.net.has_bias(layer) and len(dW) > problem.net.rows(layer)
        found.append(Part(layer, dW[:-1], dW[-1]) if has_bias else Part(layer, dW, None))
    return found


def apart(gradients: Handin, problem: Problem) -> dict[str, Array]:
    """Return dW1, db1, dW2, … by name."""
    return {
        name: array for part in parts(gradients, problem) for name, array in part.arrays.items()
    }


def whole(gradients: Handin, problem: Problem) -> dict[str, Array]:
    """Return dW1, dW2, … by name, the bias as last row."""
    return {f"dW{part.layer}": part.whole for part in parts(gradients, problem)}


Named = Callable[[Handin, Problem], dict[str, Array]]
Text = Callable[[Handin, Problem], str]


def printed(*values: Any) -> str:  # noqa: ANN401 - what print takes
    """Return what print writes."""
    out = io.StringIO()
    print(*values, file=out)
    return out.getvalue()


def each(
    named: Named,
    text: Callable[[str, Array], str],
    **options: Any,  # noqa: ANN401
) -> Text:
    """Write the arrays one after the other, with these print options of NumPy."""

    def write(gradients: Handin, problem: Problem) -> str:
        with np.printoptions(**options):
            return "".join(text(*item) for item in named(gradients, problem).items())

    return write


def at_once(named: Named, text: Callable[[dict[str, Array]], str]) -> Text:
    """Write all arrays in one go."""
    return lambda gradients, problem: text(named(gradients, problem))


def _equals(name: str, array: Array) -> str:
    return printed(f"{name} =", array)


def _under_name(name: str, array: Array) -> str:
    return printed(name) + printed(array)


def _repr(name: str, array: Array) -> str:
    return printed(f"{name} = {array!r}")


def _single(name: str, array: Array) -> str:
    return printed(f"{name} =", array.astype(np.float32))


def _single_repr(name: str, array: Array) -> str:
    return printed(f"{name} = {array.astype(np.float32)!r}")


def _list(name: str, array: Array) -> str:
    return printed(f"{name} =", array.tolist())


def _round(name: str, array: Array) -> str:
    return printed(f"{name} =", np.round(array, 4))


def _array2string(name: str, array: Array) -> str:
    return printed(f"{name} =", np.array2string(array, precision=4, suppress_small=True))


def _savetxt(fmt: str) -> Callable[[str, Array], str]:
    def text(name: str, array: Array) -> str:
        out = io.StringIO()
        np.savetxt(out, np.atleast_2d(array), delimiter=",", fmt=fmt)
        return printed(name) + out.getvalue()

    return text


def _json(arrays: dict[str, Array]) -> str:
    return json.dumps({name: array.tolist() for name, array in arrays.items()})


def _json_lines(arrays: dict[str, Array]) -> str:
    return json.dumps({name: array.tolist() for name, array in arrays.items()}, indent=2)


def _vector(arrays: dict[str, Array]) -> str:
    return printed(np.concatenate([array.ravel() for array in arrays.values()]))


def _vector_list(arrays: dict[str, Array]) -> str:
    return printed(np.concatenate([array.ravel() for array in arrays.values()]).tolist())


def _nabla(gradients: Handin, problem: Problem) -> str:
    """Write lists of arrays as in Nielsen's network.py, but in the weights' own orientation."""
    layers = parts(gradients, problem)
    biases = [part.db for part in layers if part.db is not None]
    return printed("nabla_b =", biases) + printed("nabla_w =", [part.dW for part in layers])


def _nielsen(gradients: Handin, problem: Problem) -> str:
    """Write them as his network.py has them: weights (out, in), biases as columns (out, 1)."""
    layers = parts(gradients, problem)
    biases = [part.db[:, np.newaxis] for part in layers if part.db is not None]
    return printed("nabla_b =", biases) + printed("nabla_w =", [part.dW.T for part in layers])


# PyTorch: the weights of a Linear layer are (out, in), and float32 unless asked for otherwise.


def _module(gradients: Handin, problem: Problem, names: Callable[[int], str]) -> Any:  # noqa: ANN401
    """Return Linear layers of the shapes handed in with these gradients."""
    layers: OrderedDict[str, Any] = OrderedDict()
    for part in parts(gradients, problem):
        linear = torch.nn.Linear(*part.dW.shape, bias=part.db is not None)
        linear.weight.grad = torch.tensor(part.dW.T.copy(), dtype=torch.float32)
        if part.db is not None:
            linear.bias.grad = torch.tensor(part.db, dtype=torch.float32)
        layers[names(part.layer)] = linear
    return torch.nn.Sequential(layers)


def _in_sequence(layer: int) -> str:
    return str(2 * (layer - 1))  # an activation stands between two Linear layers


def _fc(layer: int) -> str:
    return f"fc{layer}"


def _torch_each(names: Callable[[int], str], **options: Any) -> Text:  # noqa: ANN401
    def write(gradients: Handin, problem: Problem) -> str:
        module = _module(gradients, problem, names)
        torch.set_printoptions(**options)
        try:
            return "".join(printed(name, p.grad) for name, p in module.named_parameters())
        finally:
            torch.set_printoptions(profile="default")

    return write


def _torch_dict(gradients: Handin, problem: Problem) -> str:
    module = _module(gradients, problem, _fc)
    return printed({name: p.grad for name, p in module.named_parameters()})


def _torch_vector(gradients: Handin, problem: Problem) -> str:
    module = _module(gradients, problem, _in_sequence)
    return printed(torch.cat([p.grad.view(-1) for p in module.parameters()]))


def _torch_double(gradients: Handin, problem: Problem) -> str:
    """Write float64 tensors of the whole matrices, which say their dtype."""
    return "".join(
        printed(f"{name} =", torch.tensor(array))
        for name, array in whole(gradients, problem).items()
    )


# pandas


def _frame(name: str, array: Array) -> str:
    return printed(name) + printed(pd.DataFrame(np.atleast_2d(array)).to_string())


def _frame_csv(name: str, array: Array) -> str:
    return printed(name) + pd.DataFrame(np.atleast_2d(array)).to_csv(index=False, header=False)


def _frame_csv_with_labels(name: str, array: Array) -> str:
    return printed(name) + pd.DataFrame(np.atleast_2d(array)).to_csv()


def _latex(name: str, array: Array) -> str:
    return printed(name) + pd.DataFrame(np.atleast_2d(array)).to_latex()


_FORMS = (
    Form("numpy_apart", each(apart, _equals), "short"),
    Form("numpy_whole", each(whole, _equals), "short"),
    Form("numpy_under_name", each(whole, _under_name), "short"),
    Form("numpy_repr", each(whole, _repr), "short"),
    Form("numpy_repr_apart", each(apart, _repr), "short"),
    Form("numpy_dict", at_once(apart, printed), "short"),
    Form("numpy_dict_whole", at_once(whole, printed), "short"),
    Form("numpy_tuple", at_once(whole, lambda arrays: printed(tuple(arrays.values()))), "short"),
    Form("numpy_suppress", each(apart, _equals, suppress=True), "short"),
    Form("numpy_precision_17", each(whole, _equals, precision=17, floatmode="unique"), "full"),
    Form("numpy_legacy", each(whole, _equals, legacy="1.13"), "short"),
    Form("numpy_float32", each(apart, _single), "single"),
    Form("numpy_float32_repr", each(whole, _single_repr), "single"),
    Form("numpy_round", each(whole, _round), "short"),
    Form("numpy_array2string", each(whole, _array2string), "short"),
    Form("nabla", _nabla, "short"),
    Form("nabla_nielsen", _nielsen, "short"),
    Form("tolist", each(whole, _list), "full"),
    Form("tolist_apart", each(apart, _list), "full"),
    Form("json", at_once(whole, _json), "full"),
    Form("json_apart", at_once(apart, _json), "full"),
    Form("json_indent", at_once(apart, _json_lines), "full"),
    Form("savetxt", each(whole, _savetxt("%.18e")), "full"),
    Form("savetxt_6f", each(whole, _savetxt("%.6f")), "short"),
    Form("savetxt_apart", each(apart, _savetxt("%.18e")), "full"),
    Form("vector", at_once(whole, _vector), "short"),
    Form("vector_tolist", at_once(whole, _vector_list), "full"),
    Form("torch_sequential", _torch_each(_in_sequence), "short"),
    Form("torch_fc", _torch_each(_fc), "short"),
    Form("torch_precision_8", _torch_each(_fc, precision=8), "single"),
    Form("torch_dict", _torch_dict, "short"),
    Form("torch_vector", _torch_vector, "short"),
    Form("torch_double", _torch_double, "short"),
    Form("pandas", each(whole, _frame), "short"),
    Form("pandas_csv", each(whole, _frame_csv), "full"),
    Form("pandas_csv_with_labels", each(whole, _frame_csv_with_labels), "full"),
    Form("pandas_latex", each(whole, _latex), "short"),
)
FORMS = {form.name: form for form in _FORMS}
