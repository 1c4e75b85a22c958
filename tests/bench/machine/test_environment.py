import ctypes
import subprocess
import sys

import pytest

from bench.machine import environment

LOOK = (
    "import sys; from bench.machine import environment; {change}"
    "print(environment.find_device({wanted!r}).kind, 'torch' in sys.modules)"
)


def looked(wanted: str, change: str = "") -> list[str]:
    code = LOOK.format(wanted=wanted, change=change)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere torch is always asked")
@pytest.mark.skipif(environment.may_have_gpu(), reason="there is a GPU's driver here")
def test_torch_is_not_loaded_to_find_out_that_there_is_no_gpu():
    assert looked("auto") == ["cpu", "False"]


@pytest.mark.slow
def test_torch_is_asked_where_a_driver_is_seen(tmp_path):
    assert looked("cpu") == ["cpu", "False"]
    sign = tmp_path / "nvidiactl"
    sign.touch()
    assert looked("auto", f"environment.GPU_FILES = [{str(sign)!r}];")[1] == "True"


def test_the_library_of_a_driver_is_a_sign_too(monkeypatch):
    monkeypatch.setattr(environment, "GPU_FILES", ())
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: name)
    assert environment.may_have_gpu()
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "CDLL", None)
    assert environment.may_have_gpu()
