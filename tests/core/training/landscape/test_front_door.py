"""What is behind the front door needs NumPy and no more: workers and pages import it alike."""

import subprocess
import sys

from tests.paths import ROOT

HEAVY = ("pandas", "jinja2", "pyarrow", "streamlit", "plotly", "scipy")


def test_it_imports_nothing_heavy() -> None:
    code = (
        "import sys, core.training.landscape\n"
        f"sys.exit(str([name for name in {HEAVY} if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "[]"
