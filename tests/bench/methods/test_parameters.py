import numpy as np
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from bench.methods.parameters import cached_seconds, configure, fit_info, leaf_parameters, named


def forest():
    return make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=3))


def test_nested_random_states_are_found_and_set_at_any_depth():
    vote = VotingClassifier([("a", forest()), ("b", SVC())])
    configure(vote, 5, "cpu", "quick")
    assert named(vote, "random_state") == {
        "a__randomforestclassifier__random_state": 5,
        "b__random_state": 5,
    }


class Network(SVC):
    def __init__(self, device="auto", budget="standard", C=1.0):
        super().__init__(C=C)
        self.device = device
        self.budget = budget


def test_only_a_device_that_is_auto_is_set():
    assert configure(Network(), 0, "cuda", "full").device == "cuda"
    assert configure(Network(device="cpu"), 0, "cuda", "full").device == "cpu"


def test_the_budget_is_set_where_there_is_one():
    assert configure(Network(), None, "cpu", "full").budget == "full"


def test_leaf_parameters_leave_out_estimators_and_are_plain():
    names = leaf_parameters(VotingClassifier([("a", forest()), ("b", SVC(C=np.float64(2)))]))
    assert "a" not in names
    assert "estimators" not in names
    assert "a__steps" not in names
    assert names["b__C"] == 2.0
    assert isinstance(names["b__C"], float)


def test_parameters_that_json_cannot_hold_are_described():
    scaler = StandardScaler(copy=np.mean)
    assert leaf_parameters(scaler)["copy"] == "numpy.mean"
    assert leaf_parameters(SVC(C=float("nan")))["C"] == "nan"


def test_what_fits_say_is_collected_from_the_steps_of_a_pipeline():
    pipeline = forest()
    pipeline.fit_info_ = {"total": 1}
    pipeline.steps[0][1].fit_info_ = {"polarity": np.array(["dark", "bright"])}
    assert fit_info(pipeline) == {
        "total": 1,
        "standardscaler": {"polarity": ["dark", "bright"]},
    }


class Cached(SVC):
    def __init__(self, cache_folder=None, C=1.0):
        super().__init__(C=C)
        self.cache_folder = cache_folder


def test_a_cache_folder_is_set_where_none_was_chosen():
    assert configure(Cached(), 0, "cpu", "quick", "/run").cache_folder == "/run"
    assert configure(Cached("/mine"), 0, "cpu", "quick", "/run").cache_folder == "/mine"
    assert configure(Cached(), 0, "cpu", "quick").cache_folder is None


def test_borrowed_seconds_are_summed_over_the_steps_of_a_pipeline():
    pipeline = forest()
    assert cached_seconds(pipeline) == 0
    pipeline.steps[0][1].cached_seconds_ = 1.5
    pipeline.steps[1][1].cached_seconds_ = 2
    assert cached_seconds(pipeline) == 3.5
