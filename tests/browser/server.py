"""A server of the app on a free port, for tests, pictures and benchmarks."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from tests.paths import ROOT
from tests.ports import free_port
from tests.wait import wait_for_start

START_SECONDS = 60  # of a busy machine


@contextmanager
def serve(
    log: Path, port: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run `streamlit run app.py`; yields its address and process, ends it afterwards.

    `environment` has variables beside those of this process.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    options = ["--server.headless=true", "--server.fileWatcherType=none"]
    variables = {**os.environ, **(environment or {})}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options], cwd=ROOT, stdout=output, stderr=output, env=variables
        )
        try:
            address = f"http://localhost:{port}"
            wait_for_start(process, log, lambda: _is_healthy(address), START_SECONDS)
            yield address, process
        finally:
            process.kill()  # asked to stop, it may wait for connections that a browser keeps
            process.wait()


def _is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as reply:
            return bool(reply.status == HTTPStatus.OK)
    except OSError:
        return False
