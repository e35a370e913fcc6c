"""A Dask scheduler with its workers on this machine, started as the README says."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from distributed import Client

from tests.paths import ROOT

START = 60  # s


@contextmanager
def dask_cluster(workers: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a scheduler on a free port, and its workers; yield its address and its process."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "scheduler.json"
        options = [f"--scheduler-file={file}", "--no-dashboard"]
        scheduler = stack.enter_context(
            _dask(folder, "scheduler", *options, "--host=127.0.0.1", "--port=0")
        )
        counts = [f"--nworkers={workers}", "--nthreads=1"]
        stack.enter_context(_dask(folder, "worker", *options, *counts, "--host=127.0.0.1"))
        _wait_for(file)
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=START)
            address = client.scheduler.address
        yield address, scheduler


@contextmanager
def _dask(folder: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "dask", *arguments]
    with (Path(folder) / f"{arguments[0]}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()  # so that a nanny ends its worker
            process.wait(START)


def _wait_for(file: Path) -> None:
    deadline = time.monotonic() + START
    while not (file.exists() and file.stat().st_size):
        if time.monotonic() > deadline:
            raise RuntimeError("the Dask scheduler did not start")
        time.sleep(0.05)
