"""What a method says beside how it is built."""

import dataclasses

import pytest

from bench.methods.discovery import plugin
from bench.methods.spec import MethodSpec
from bench.protocol.errors import ContractError, PluginError
from bench.run.inspection import inspect_method


def build():
    return None


def with_hooks(**hooks):
    def build(): ...

    vars(build).update(hooks)
    return build


def test_a_function_alone_says_nothing():
    assert MethodSpec.of(build) == MethodSpec()


def test_attributes_and_an_object_say_the_same():
    hooks = {"search_space": {"C": [1, 2]}, "needs": "cuda", "warm_up": lambda: None}
    spec = MethodSpec(**hooks)
    assert MethodSpec.of(with_hooks(**hooks)) == spec
    assert MethodSpec.of(with_hooks(spec=spec)) is spec
    assert MethodSpec.of(with_hooks(spec=with_hooks(**hooks))) == spec


def test_every_hook_is_explained():
    for field in dataclasses.fields(MethodSpec):
        assert f"        {field.name}: " in MethodSpec.__doc__


@pytest.mark.parametrize(
    ("hooks", "why"),
    [
        ({"needs": "gpu"}, "build.needs is 'gpu'. Known: cuda."),
        ({"needs": True}, "build.needs is True. Known: cuda."),
        ({"family": "dep"}, "build.family is 'dep'. Did you mean 'deep'?"),
        ({"rung": "frosen"}, "build.rung is 'frosen'. Did you mean 'frozen'?"),
        ({"warm_up": 3}, "build.warm_up is 3, which cannot be called."),
        ({"importance": {"a": 1.0}}, "build.importance is {'a': 1.0}, which cannot be called."),
        ({"resolve_weights": "hub"}, "build.resolve_weights is 'hub', which cannot be called."),
    ],
)
def test_a_hook_of_another_form_is_refused(hooks, why):
    with pytest.raises(ContractError) as error:
        MethodSpec.of(with_hooks(**hooks))
    assert str(error.value) == why


PLUGIN = """
from sklearn.dummy import DummyClassifier  # it has a random_state, which it does not use
{before}

def build():
    return DummyClassifier()

{after}
"""


def written(folder, after, before=""):
    (folder / "mine.py").write_text(PLUGIN.format(before=before, after=after))
    return plugin(str(folder / "mine.py"))


def test_the_family_of_a_file_is_read_from_either_form(tmp_path):
    assert written(tmp_path, "build.family = 'deep'").family == "deep"
    spec = "build.spec = MethodSpec(needs='cuda', family='control')"
    method = written(tmp_path, spec, "from bench import MethodSpec")
    assert method.family == "control"
    facts = inspect_method(method)
    assert (facts.error, facts.needs, facts.card.family) == ("", "cuda", "control")
    with pytest.raises(PluginError, match="Did you mean 'deep'"):
        written(tmp_path, "build.spec = MethodSpec(family='depe')")


def test_a_family_that_cannot_be_read_without_running_the_file_is_an_error(tmp_path):
    facts = inspect_method(written(tmp_path, "build.family = ''.join(['de', 'ep'])"))
    assert "says that its family is 'deep', but is taken for 'classical'" in facts.error


def test_a_method_that_says_that_nothing_is_random_has_no_seeds(tmp_path):
    assert inspect_method(written(tmp_path, "")).seeded
    (tmp_path / "other").mkdir()
    method = written(tmp_path / "other", "build.deterministic = True")
    assert not inspect_method(method).seeded


def test_a_hook_of_another_form_makes_a_method_unavailable(tmp_path):
    (tmp_path / "other").mkdir()
    facts = inspect_method(written(tmp_path / "other", "build.needs = 'gpu'"))
    assert facts.error == "build.needs is 'gpu'. Known: cuda."


def test_the_card_says_on_which_rung_a_method_stands(tmp_path):
    assert inspect_method(written(tmp_path, "build.rung = 'pixels'")).card.rung == "pixels"
    (tmp_path / "other").mkdir()
    assert inspect_method(written(tmp_path / "other", "")).card.rung == ""
