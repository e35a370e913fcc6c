"""The stage's part of a page: names, colours, curves, and what a plane of two features needs."""

import math
from typing import Any

from core.training.run import Run
from pages.ui.save.page.content import PageContent
from pages.ui.save.page.film import gradient_time, step_time
from pages.ui.state.stage_request import PARTS, PRESENTATION, WEIGHT_PART
from pages.ui.style.change_marks import change_marks, loss_changes
from pages.ui.train.feature_plane import plane_parts
from pages.ui.train.frame_views import MOST_SAMPLES, MOST_SAMPLES_PAUSED, saturation_ends
from pages.ui.train.point_curves import MOST_POINTS, norm_curve, score_curve
from pages.ui.train.stage import ADVICE, end_sentence, run_scene

CURVE_WORK = 4e9  # ns for a curve
END = "The film ends here, where the run reached its length"


def stage_part(of: PageContent) -> dict[str, Any]:
    """Return what the stage needs beside the run's numbers.

    scene, marks and breaks are those of `pages.ui.train.stage`; scores and norms are whole curves.
    most: samples over which a moving and a whole frame have their score and saturation.
    """
    shown, run = of.shown, of.run
    data, most = shown.experiment.source.dataset, _most_points(run)
    return {
        "scene": run_scene(shown.experiment, shown.focus, page_views(of), of.plane)
        | {"lacks": _lacks(of)},
        "marks": change_marks(run),
        "breaks": loss_changes(run),
        "why": page_end_sentence(run),
        "scores": score_curve(run, data.task, -1, math.inf, most).scene,
        "norms": norm_curve(run, -1, math.inf, most).scene,
        "plane": plane_parts(data, run.template),
        "saturation": [
            end if math.isfinite(end) else None for end in saturation_ends(run.template.hidden)
        ],
        "most": {"moving": MOST_SAMPLES, "whole": MOST_SAMPLES_PAUSED},
    }


def _most_points(run: Run) -> int:
    """Return how many points of a curve can be computed in the time for it, but 2 or more.

    Each is replayed from a checkpoint, and has a gradient.
    """
    each = run.checkpoint_stride * step_time(run, 0) + gradient_time(run)
    return max(2, min(MOST_POINTS, int(CURVE_WORK / each)))


def page_views(of: PageContent) -> frozenset[str]:
    """Return the views that are open in a page: its own parts are always there.

    The selected weight is marked, as where the Train page shows it below the stage.
    """
    return of.views - {*PARTS, *PRESENTATION, *_lacks(of)} | {WEIGHT_PART}


def _lacks(of: PageContent) -> dict[str, str]:
    """Return the views that need what the page has not, and why."""
    film, run = len(of.epochs), of.run.epoch + 1
    if film == run:
        return {}
    return {"updates": f"Needs every epoch; this page has {film:,} of {run:,}"}


def page_end_sentence(run: Run) -> str:
    """Return why the film ends, where nothing can be trained."""
    length = run.settings.epochs
    if not run.ended:
        return f"The film ends here: the run was trained to epoch {run.epoch:,} of {length:,}"
    return END if run.ended == "done" else end_sentence(run).removesuffix(ADVICE)
