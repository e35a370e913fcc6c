"""What a page holds of a run: a header and arrays, which `live/run_page/page_run.js` reads.

    film/epochs      coded rows (see `coding`): the n epochs of the film
    film/weights     coded rows: all weights at each, matrix by matrix, row by row
    film/losses      coded rows: C, and with validation samples theirs
    film/gradients   coded rows like the weights: ∂C/∂W over all samples, if the page lacks samples
    film/state       coded rows: the optimiser's vectors, then Adam's t, unless it has none; NaN
                     where it does not have them, or where an epoch has several updates
    losses/0, /1     a coded column each: the curves of the losses over all epochs, see
                     `pages.ui.train.stage`
    raw, y           (samples, …) inputs before scaling, and targets; `rows`: their numbers, from 0
    val_raw, val_y   the same of the validation samples, if any, in a page of all samples
    shift, scale     (d,): input = (raw − shift) / scale

Everything else is in the header. A segment holds what changes where a run branches.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.dataset.encoding import design_matrix
from core.dataset.preparation import Dataset
from core.losses import LOSSES
from core.training.run import Run
from core.utils.thinning import block_lengths, extremes
from pages.ui.chain_rule.notation import Selection
from pages.ui.chain_rule.scene import shown_midpoints
from pages.ui.save.page.coding import encode_rows
from pages.ui.save.page.film import FilmRows, read_film, state_names
from pages.ui.state.names import Names
from pages.ui.state.stage_request import FeaturePlane
from pages.ui.style.frozen_weights import frozen_weights

Array = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class PageContent:
    """What to put into a page.

    shown: the selection with which it opens. views, plane: the drawings of the stage.
    epochs: of the film, in order (n,). rows: of the training samples, from 0, in order.
    app: the address of an app where the same run opens; "" for none. film: of these epochs, if it
    has been read; sentences: on what is not in the page. step: the step through's part, if it has
    been made: of a run with many branches that takes seconds.
    """

    shown: Selection
    epochs: NDArray[np.int64]
    rows: NDArray[np.intp]
    views: frozenset[str] = frozenset({"network"})
    plane: FeaturePlane = field(default_factory=FeaturePlane)
    app: str = ""
    film: FilmRows | None = None
    sentences: tuple[str, ...] = ()
    step: dict[str, Any] | None = None

    @property
    def run(self) -> Run:
        """The run."""
        return self.shown.run

    @property
    def is_whole(self) -> bool:
        """Whether it has every training sample."""
        return len(self.rows) == len(self.run.X)


def run_header(of: PageContent) -> dict[str, Any]:
    """Return the header's part about the run itself."""
    run, net, shown = of.run, of.run.template, of.shown
    curves = 1 + (run.val_losses is not None)
    return {
        "token": shown.experiment.token,
        "lineage": shown.experiment.lineage,
        "network": {
            "shapes": net.shapes,
            "bias": {"input": net.bias_input, "hidden": net.bias_hidden},
            "hidden": net.hidden,
            "output": net.output,
        },
        "names": Names.of(shown.experiment).matrices,
        "task": shown.experiment.source.dataset.task,
        "samples": len(run.X),
        "ended": "diverged" if run.diverged else "done",
        "opens": {"epoch": shown.epoch, **asdict(shown.focus)},
        "conventions": asdict(shown.conventions),
        "midpoints": asdict(shown_midpoints(shown)),
        "segments": list(_segments(of)),
        "film": {
            "weights": net.size,
            "losses": curves,
            "vectors": (vectors := state_names(run)),
            "state": len(vectors) * net.size + 1 if vectors else 0,
        },
        "losses": _curve_sizes(run) | {"curves": curves},
    }


def _segments(of: PageContent) -> Iterator[dict[str, Any]]:
    """Yield what holds from each branch of the run on, until the next."""
    run, N = of.run, len(of.run.X)
    for epoch in (0, *run.branch_epochs):
        settings = run.settings_at(epoch)
        loss = of.shown.conventions.display_loss(settings.loss)
        scale = LOSSES[loss].error_scale(N) / LOSSES[settings.loss].error_scale(N)
        yield {
            "from": epoch,
            "loss": loss,  # that is shown; C of it is `factor` times that of the run's own
            "factor": scale,
            "settings": {**asdict(settings), "frozen": []},
            "frozen": frozen_weights(settings.frozen, run.template.layers),
        }


def run_arrays(of: PageContent) -> Arrays:
    """Return the arrays of the film, of the loss curves and of the samples."""
    film = of.film or read_film(of.run, of.epochs, gradients=not of.is_whole)
    return (
        film.arrays() | _curves(of.run) | sample_arrays(of.shown.experiment.source.dataset, of.rows)
    )


def _curve_sizes(run: Run) -> dict[str, int]:
    return {"first": 0, "count": run.epoch + 1, "block": block_lengths(run.epoch + 1)[-1]}


def _curves(run: Run) -> Arrays:
    """Return the loss curves as minima and maxima of blocks of epochs."""
    block = block_lengths(run.epoch + 1)[-1]
    curves = [losses for losses in (run.losses, run.val_losses) if losses is not None]
    coded = (encode_rows(extremes(losses, block)[:, np.newaxis]) for losses in curves)
    return {f"losses/{i}": each for i, each in enumerate(coded)}


def sample_arrays(data: Dataset, rows: NDArray[np.intp]) -> Arrays:
    """Return the arrays of some training samples; of all of them, also of those for validation."""
    raw = design_matrix(data.frame.iloc[data.rows[rows]], data.encoders)
    arrays = {
        "raw": raw,
        "rows": rows.astype(np.float64),
        "y": data.y[rows],
        "shift": data.x_scaler.shift,
        "scale": data.x_scaler.scale,
    }
    if data.X_val is not None and data.y_val is not None and len(rows) == len(data.X):
        arrays["val_raw"] = design_matrix(data.frame.iloc[data.rows_val], data.encoders)
        arrays["val_y"] = data.y_val
    return arrays
