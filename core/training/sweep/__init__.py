"""Many points, (Network, Settings) each, trained on the same data by several processes.

    for result in sweep(points, X, y):
        result.index, result.losses, result.ended     # as `Run(network, X, y, settings)` has them

job:     `sweep`, and `SweepJob`, the same in the background
points:  the arguments, checked before anything starts; `Point` and `SweepResult`
work:    the points that wait for a worker, and how long they will take
task:    what a worker does: it trains some points for a slice of time
engine:  the workers of a job: processes of this machine, or any executor
folders: where processes find the data
cluster: a Dask cluster that is there already
curves:  results in little memory
"""

from core.training.sweep.job import SweepJob, sweep
from core.training.sweep.points import Point, SweepResult

__all__ = ["Point", "SweepJob", "SweepResult", "sweep"]
