"""What `deploy` holds, as the programs that read it understand it."""

import subprocess
import sys
from pathlib import Path

from tests.debian import Program, find_program
from tests.paths import ROOT
from tests.services import CONFIGURATION, proxy_environment

UNIT = ROOT / "deploy" / "chainscope@.service"
MOST_EXPOSURE = 20  # of 100; a unit of a few lines has 96


def test_the_proxy_finds_nothing_to_say_about_its_configuration(tmp_path: Path) -> None:
    program = find_program("haproxy", "haproxy")
    program.environment.update(proxy_environment(tmp_path, 80, [8501]))
    said = output_of(program, "-c", "-dW", "-f", str(CONFIGURATION))
    assert said == "Configuration file is valid\n"


def test_systemd_finds_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text().replace("/opt/chainscope/.venv/bin/python", sys.executable)
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("/opt/chainscope", str(ROOT)))
    program = systemd_analyze()
    assert output_of(program, "verify", str(tmp_path / "chainscope@8501.service")) == ""
    output_of(program, "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", str(unit))


def systemd_analyze() -> Program:
    """Return systemd's checks, with the units of its own package where they are not installed."""
    program = find_program("systemd-analyze", "systemd")
    root = Path(program.path).parents[2]
    folders = [f"{root / folder}/systemd/system" for folder in ("lib", "usr/lib")]
    program.environment["SYSTEMD_UNIT_PATH"] = ":".join([*folders, ""])  # and the usual ones
    return program


def output_of(program: Program, *arguments: str) -> str:
    """Return all that a program prints; it must succeed."""
    command = [program.path, *arguments]
    done = subprocess.run(
        command,
        env=program.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
