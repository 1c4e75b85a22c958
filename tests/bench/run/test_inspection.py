import pytest

from bench.machine.environment import Device
from bench.methods.discovery import Method
from bench.protocol.study import Study
from bench.run.inspection import inspect_method, inspect_methods, obstacles
from bench.run.preparation import Request, choose_methods
from bench.workers.pool import Workers


def study(**more):
    return Study(("set",), ("svm",), **more)


PLUGIN = """
from sklearn.dummy import DummyClassifier

def build():
    return DummyClassifier()
"""


def method(folder, name, obstacle="", needs=""):
    """A method in a file; `obstacle` is the Python expression that says what hinders it."""
    told = f"build.obstacle = lambda: {obstacle}\n" if obstacle else ""
    file = folder / f"{name}.py"
    file.write_text(f"{PLUGIN}\nbuild.needs = {needs!r}\n{told}")
    return Method(name, "deep", f"{file}:build", file.name, "", is_file=True)


@pytest.mark.slow
def test_a_method_can_say_why_it_cannot_work_here(tmp_path):
    asked = [
        method(tmp_path, "able", "''"),
        method(tmp_path, "hindered", "'there is no sun'"),
        method(tmp_path, "broken", "1 / 0"),
    ]
    with Workers(1, 1) as workers:
        facts = inspect_methods(asked, workers)
        found = obstacles(asked, workers)
    assert all(fact.conditional for fact in facts.values())
    assert found["hindered"] == "there is no sun"
    assert "cannot be told" in found["broken"]
    assert "ZeroDivisionError" in found["broken"]
    assert set(found) == {"hindered", "broken"}


@pytest.mark.parametrize("says", [True, False])
def test_a_random_state_that_is_not_used_makes_no_method_random(says, tmp_path):
    file = tmp_path / "dummy.py"
    file.write_text(
        f"from sklearn.dummy import DummyClassifier as build\nbuild.deterministic = {says}\n"
    )
    facts = inspect_method(Method("dummy", "control", f"{file}:build", file.name, "", is_file=True))
    assert "random_state" in facts.parameters
    assert facts.seeded is not says


@pytest.mark.slow
def test_only_methods_that_were_not_named_are_left_out(tmp_path):
    none = "'there are none'"
    methods = [
        method(tmp_path, "plain"),
        method(tmp_path, "gpu", needs="cuda"),
        method(tmp_path, "named-gpu", needs="cuda"),
        method(tmp_path, "gpu-and-weights", none, needs="cuda"),
        method(tmp_path, "weights", none),
        method(tmp_path, "named-weights", none),
    ]
    named = frozenset({"named-gpu", "named-weights"})
    request = Request(study(), (), methods, named=named)
    with Workers(2) as workers:
        facts = inspect_methods(methods, workers)
        without, left_out = choose_methods(request, facts, Device(), workers)
        with_gpu, _ = choose_methods(request, facts, Device("cuda", "a GPU", 1), workers)
    assert list(without) == ["plain", "named-gpu", "named-weights"]
    assert left_out == [
        "method gpu: takes too long without a GPU; include it with --method gpu",
        "method gpu-and-weights: takes too long without a GPU; "
        "include it with --method gpu-and-weights",
        "method weights: there are none; include it with --method weights",
    ]
    assert list(with_gpu) == ["plain", "gpu", "named-gpu", "named-weights"]


def test_a_method_that_ends_its_process_costs_itself_and_not_those_of_its_package(
    tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    good = "from sklearn.dummy import DummyClassifier\ndef build():\n    'Good.'\n"
    (tmp_path / "their_good.py").write_text(good + "    return DummyClassifier()\n")
    (tmp_path / "their_bad.py").write_text("import os\nos._exit(3)\n")
    methods = [
        Method(name, "classical", f"their_{name.rstrip('12')}:build", "theirs", "1")
        for name in ("good1", "bad", "good2")
    ]
    with Workers(2) as workers:
        facts = inspect_methods(methods, workers)
    assert list(facts) == ["good1", "bad", "good2"]
    assert (facts["good1"].error, facts["good2"].error) == ("", "")
    assert "exit status 3" in facts["bad"].error
