"""What is shipped works: a wheel built from the sdist serves the map without the checkout."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _run(*command: object, **options: object) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **options)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the wheel, built from the sdist, is unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT)
    wheel = next((folder / "dist").glob("*.whl"))
    _run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder / "site", wheel)
    return folder / "site"


def _python(site: Path, *words: str, **variables: str) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r}); {words[0]}", *words[1:]]


def test_the_wheel_brings_its_folders(installed, tmp_path):
    names = "static", "templates", "migrations", "geodata"
    code = f"from gridmap.resources import folder; print(*map(folder, {names}))"
    shown = _run(*_python(installed, code), cwd=tmp_path).stdout.split()
    assert [Path(path).is_relative_to(installed) for path in shown] == [True] * 4


def test_the_map_is_served_from_the_wheel(installed, private_home, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRIDMAP_HOME": str(private_home), "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "gridmap", "serve", "--no-sample", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as app:
        try:
            page = _first_page(f"http://127.0.0.1:{port}/", app)
        finally:
            app.terminate()
            app.communicate(timeout=60)
    assert "map-config" in page


def _first_page(url: str, app: subprocess.Popen) -> str:
    end = time.monotonic() + 120
    while time.monotonic() < end and app.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise AssertionError("the map did not come up")
