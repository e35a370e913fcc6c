"""Script that repeats a sweep with NumPy alone, whatever its runs differ in."""

import ast
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import dedent

from core.activations import ACTIVATIONS
from core.export.forms import costs
from core.export.source import TEMPLATES, Source, code, has_inline_data, matrices
from core.network import SCHEMES
from core.training.run import Run
from core.training.settings import RULE_SETTINGS, Settings
from core.utils.arguments import instance


@dataclass(frozen=True)
class SweepRun:
    """A run of a sweep: the choices for its initial weights, and its settings.

    scheme: a name in SCHEMES. initial_seed: of those weights; the settings have that of training.
    """

    hidden: tuple[int, ...]
    activation: str
    scheme: str
    initial_seed: int
    settings: Settings

    @property
    def fields(self) -> dict[str, object]:
        """Its values by their names in the script."""
        of_network = {
            "hidden": list(self.hidden),
            "activation": self.activation,
            "scheme": self.scheme,
            "initial_seed": self.initial_seed,
        }
        of_training = self.settings.fields.items()
        return of_network | {k: Source(None) if v is None else v for k, v in of_training}


def sweep_script(runs: Sequence[SweepRun], run: Run, title: str) -> str:
    """Return a script that trains those runs on the data of `run`, and writes a table of them.

    Biases and output activation are those of `run`. If the data is large, the script reads
    `data_files(run)` from its own folder. Raises ValueError for no runs, for what are none, and for
    several losses.
    """
    run = instance("run", run, Run)
    runs = [instance(f"runs[{i}]", each, SweepRun) for i, each in enumerate(runs)]
    if not runs:
        raise ValueError("runs is empty: there is nothing to train")
    losses = list(dict.fromkeys(each.settings.loss for each in runs))
    if len(losses) > 1:
        raise ValueError(f"the runs of a sweep minimise one loss, not {len(losses)}")
    net, fields = run.template, _fields(runs)
    varying = [name for name in fields[0] if any(f[name] != fields[0][name] for f in fields)]
    used = {
        str(name): {str(f[name]) for f in fields} for name in ("scheme", "optimizer", "activation")
    }
    settings = [each.settings for each in runs]
    has_patience = any(s.patience is not None for s in settings)
    data = matrices(run, early_stopping=has_patience).items()
    needed = {name: matrix for name, matrix in data if not name.startswith("W")}
    return TEMPLATES.render(
        "sweep_script.py",
        title=title,
        net=net,
        points=[Source(_line([f[name] for name in varying])) for f in fields],
        varying=varying,
        same={name: value for name, value in fields[0].items() if name not in varying},
        files=[] if has_inline_data(run) else list(needed),
        matrices={Source(name): matrix for name, matrix in needed.items()},
        matrix_names=Source(", ".join(needed)),
        schemes={Source(name): _scheme(name) for name in SCHEMES if name in used["scheme"]},
        rules=[rule for rule in RULE_SETTINGS if rule in used["optimizer"]],
        activations={net.output, *used["activation"]},
        hidden={name: _forms(name, "x", "a") for name in ACTIVATIONS if name in used["activation"]},
        output=_forms(net.output, "O", "y_hat"),
        cost=costs(net, losses)[losses[0]],
        has_l2=any(s.l2 for s in settings),
        has_frozen=any(s.frozen for s in settings),
        has_patience=has_patience,
    )


def _fields(runs: Sequence[SweepRun]) -> list[dict[str, object]]:
    """Return the values of each run that any of their update rules uses."""
    rules = {each.settings.optimizer for each in runs}
    of_rules = {name for names in RULE_SETTINGS.values() for name in names}
    unused = of_rules - {name for rule in rules for name in RULE_SETTINGS[rule]}
    return [{k: v for k, v in each.fields.items() if k not in unused} for each in runs]


def _line(values: Sequence[object]) -> str:
    """Return values as a list on one line."""
    return f"[{', '.join(map(code, values))}]"


def _forms(activation: str, x: str, a: str) -> dict[str, Source]:
    """Return an activation's value of x and its slope in terms of its value a, as code."""
    forms = ACTIVATIONS[activation]
    return {
        "value": Source(forms.numpy.format(x=x)),
        "slope": Source(forms.numpy_slope.format(a=a)),
    }


def _scheme(name: str) -> Source:
    """Return the lines of a scheme's function after its docstring."""
    source = inspect.getsource(SCHEMES[name])
    function = next(n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef))
    first = function.body[ast.get_docstring(function) is not None]
    return Source(dedent("\n".join(source.splitlines()[first.lineno - 1 :])).strip())
