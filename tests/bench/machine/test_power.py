"""Power by the counters of a processor, which a made folder stands for, and of a GPU."""

import subprocess
import sys
import time
import types

import psutil
import pytest

from bench.machine import power
from bench.machine.power import PowerMeter, zones


class Processor:
    """A folder like /sys/class/powercap, whose counters run as they are told."""

    def __init__(self, root, wraps_at=10**12):
        self.root, self.wraps_at = root, wraps_at
        self.add("intel-rapl:0", "package-0")

    def add(self, folder, name, value=0):
        (self.root / folder).mkdir(parents=True)
        (self.root / folder / "name").write_text(f"{name}\n")
        (self.root / folder / "max_energy_range_uj").write_text(f"{self.wraps_at}\n")
        self.set(value, folder)

    def set(self, value, folder="intel-rapl:0"):
        new = self.root / f"{folder}.new"
        new.write_text(f"{value}\n")
        new.replace(self.root / folder / "energy_uj")  # at once, as the kernel does


@pytest.fixture
def processor(tmp_path, monkeypatch):
    monkeypatch.setattr(power, "POWERCAP", tmp_path / "powercap")
    return Processor(tmp_path / "powercap")


def compute(seconds):
    """Use a core for some seconds of CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        sum(range(1000))


def test_packages_and_memory_count_and_parts_of_them_do_not(processor):
    processor.add("intel-rapl:0:0", "core")
    processor.add("intel-rapl:0:1", "dram")
    processor.add("intel-rapl:1", "package-1")
    processor.add("intel-rapl:2", "psys")
    names = [zone.file.parent.name for zone in zones()]
    assert names == ["intel-rapl:0", "intel-rapl:0:1", "intel-rapl:1"]


def busy():
    told = psutil.cpu_times()
    return told.user + told.nice + told.system


@pytest.mark.skipif(sys.platform != "linux", reason="the counters are Linux's")
def test_a_process_is_charged_with_its_share_of_the_cpu_time(processor):
    before, own, wall = busy(), time.process_time(), time.monotonic()
    with PowerMeter() as meter:
        compute(0.8)
        processor.set(100_000_000)
    share = (time.process_time() - own) / (busy() - before)
    assert meter.source == "RAPL"
    assert meter.watts == pytest.approx(100 * share / (time.monotonic() - wall), rel=0.25)


def test_a_process_that_waits_beside_another_is_charged_with_next_to_nothing(
    processor, monkeypatch
):
    monkeypatch.setattr(power, "_busy", time.monotonic)  # others keep one core busy
    with PowerMeter() as meter:
        child = subprocess.Popen(["sleep", "9"])  # waits, too
        time.sleep(0.3)
        processor.set(100_000_000)
        child.kill()
        child.wait()
    assert 0 <= meter.watts < 0.3 * 100 / 0.3


def test_children_count(processor):
    with PowerMeter() as meter:
        code = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
        subprocess.run([sys.executable, "-c", code], check=True)
        processor.set(100_000_000)
    assert meter.watts > 0


def test_a_long_trial_is_read_often_enough_to_notice_every_wrap(processor, monkeypatch):
    monkeypatch.setattr(power, "_INTERVAL", 0.05)
    told = []

    def read(zone):  # 0.7 J more each time, so that all readings but one in three see a wrap
        told.append(700_000 * len(told) % 1_000_000)
        return told[-1]

    (processor.root / "intel-rapl:0" / "max_energy_range_uj").write_text("1000000\n")
    monkeypatch.setattr(power.Zone, "read", read)
    before, own, wall = busy(), time.process_time(), time.monotonic()
    with PowerMeter() as meter:
        compute(0.6)
    share = (time.process_time() - own) / (busy() - before)
    assert len(told) > 5
    joules = 0.7 * (len(told) - 2)  # the first reading asks only whether there is a counter
    assert meter.watts == pytest.approx(joules * share / (time.monotonic() - wall), rel=0.25)


@pytest.mark.parametrize("broken", ["nothing there", "not readable", "no number"])
def test_without_a_readable_counter_nothing_is_measured(processor, broken):
    file = processor.root / "intel-rapl:0" / "energy_uj"
    if broken == "no number":
        file.write_text("soon\n")
    else:
        file.unlink()
        if broken == "not readable":
            file.mkdir()
    with PowerMeter() as meter:
        compute(0.05)
    assert (meter.watts, meter.source) == (None, "")


def test_a_counter_that_goes_away_in_between_measures_nothing(processor):
    with PowerMeter() as meter:
        (processor.root / "intel-rapl:0" / "energy_uj").unlink()
    assert meter.watts is None


def nvml(count=1):
    """Something like the package nvidia-ml-py, with a GPU that uses 50 J per question."""
    made = types.ModuleType("pynvml")
    told = iter(range(0, 10**9, 50_000))
    made.nvmlInit = lambda: None
    made.nvmlDeviceGetCount = lambda: count
    made.nvmlDeviceGetHandleByIndex = lambda index: index
    made.nvmlDeviceGetTotalEnergyConsumption = lambda handle: next(told)
    return made


def test_the_energy_of_a_gpu_is_added(processor, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml())
    start = time.monotonic()
    with PowerMeter(gpu=True) as meter:
        time.sleep(0.1)
    assert meter.source == "RAPL and NVML"
    assert meter.watts == pytest.approx(50 / (time.monotonic() - start), rel=0.5)


@pytest.mark.parametrize("library", [None, nvml(count=2)])
def test_a_gpu_that_cannot_be_read_leaves_all_of_it_to_the_estimate(
    processor, monkeypatch, library
):
    monkeypatch.setitem(sys.modules, "pynvml", library)
    with PowerMeter(gpu=True) as meter:
        compute(0.05)
    assert meter.watts is None
