"""The lights of a side that was held back, and what the verdict says of it."""

from dataclasses import replace
from importlib.metadata import entry_points

import pytest

from bench.protocol.cards import CheckFinding
from bench.protocol.record import WeightsUsed
from reports.collect import collect
from reports.verdicts.guards.rungs import FINE_TUNED, FROZEN, HELD_BACK, ON_FEATURES
from tests.reports.simulated import Data, Method, noted, results

PACKAGED = (WeightsUsed("tf_efficientnet_lite0", "ab" * 32, "package"),)
H200 = "NVIDIA H200"
SVM = Method("svm", "classical", 0.8, rung="features")
PATCHES = Method("patch-svm", "classical", 0.8, rung="pixels")
NET = Method("compact-resnet", "deep", 0.8, rung="scratch")
PROBE = Method("linear-probe", "deep", 0.8, rung="frozen", weights=PACKAGED)
TUNED = Method("efficientnet-lite0", "deep", 0.8, rung="fine-tuned", weights=PACKAGED)
IN_VAIN = Method("resnet18", "deep", 0.8, rung="fine-tuned", parameters={"pretrained": "auto"})
FOLDER = {"source": "images in the folder skin", "image_shape": (64, 64, 3)}


def lights(store):
    audit = collect(store).datasets[0].audit
    return {item.key: item for item in audit if item.key in HELD_BACK}


def light(tmp_path, key, *methods, **facts):
    store = results(tmp_path / "r", methods=methods)
    return lights(noted(store, "breast", **facts))[key]


def came_with(**values):
    """The card's finding of how large the images are."""
    text = "All are read as 64×64 px."
    return {"checked": (CheckFinding("sizes", "Sizes", "fine", text, values=values),)}


def test_networks_from_scratch_alone_are_amber_since_any_cpu_can_run_a_frozen_one(tmp_path):
    found = light(tmp_path, "deep-rungs", SVM, NET)
    assert found.colour == "amber"
    assert found.sentence == (
        "No frozen pretrained network was run on the deep side (from scratch): linear-probe is "
        "one, and runs on any CPU."
    )


@pytest.mark.parametrize("strongest", [PROBE, TUNED], ids=lambda method: method.name)
def test_a_pretrained_network_on_a_cpu_is_green(tmp_path, strongest):
    found = light(tmp_path, "deep-rungs", SVM, NET, strongest)
    assert found.colour == "green"
    assert "from scratch; pretrained, " in found.sentence


def test_a_frozen_hybrid_does_not_stand_for_the_deep_side(tmp_path):
    hybrid = Method("cnn-svm", "hybrid", 0.8, rung="frozen", weights=PACKAGED)
    assert light(tmp_path, "deep-rungs", SVM, NET, hybrid).colour == "amber"


def test_a_frozen_network_that_failed_is_named(tmp_path):
    found = light(tmp_path, "deep-rungs", SVM, NET, replace(PROBE, fails=(None,)))
    assert found.colour == "amber"
    assert "No frozen pretrained network has a result (linear-probe failed)" in found.sentence


def test_with_a_gpu_a_network_has_to_be_fine_tuned(tmp_path):
    net = replace(NET, device=H200)
    found = light(tmp_path / "frozen", "deep-rungs", SVM, net, PROBE)
    assert found.colour == "amber"
    assert found.sentence == (
        "No fine-tuned network was run on the deep side, although there was a GPU (NVIDIA H200): "
        "efficientnet-lite0 is one."
    )
    assert light(tmp_path / "tuned", "deep-rungs", SVM, net, TUNED).colour == "green"


def test_weights_that_were_asked_for_and_could_not_be_had_are_amber(tmp_path):
    found = light(tmp_path, "deep-rungs", SVM, PROBE, IN_VAIN)
    assert found.colour == "amber"
    assert found.sentence == (
        "resnet18 was to start from pretrained weights and started from scratch, since none could "
        "be had."
    )


@pytest.mark.parametrize(
    "method",
    [
        replace(IN_VAIN, weights=PACKAGED),
        replace(IN_VAIN, fit_info={"embedding": {"weights": "brought along"}}),
        replace(IN_VAIN, parameters={"network__pretrained": False}),
    ],
    ids=["had", "its own", "not asked for"],
)
def test_a_network_that_had_weights_or_wanted_none_did_not_lack_them(tmp_path, method):
    assert light(tmp_path, "deep-rungs", SVM, PROBE, method).colour == "green"


def test_raw_pixels_alone_are_amber(tmp_path):
    found = light(tmp_path, "classical-rungs", PATCHES, NET)
    assert found.colour == "amber"
    assert found.sentence == (
        "No method on handcrafted features was run on the classical side (raw pixels): svm is one."
    )
    assert light(tmp_path / "both", "classical-rungs", PATCHES, SVM, NET).colour == "green"


def test_a_lesion_mask_is_to_be_made_use_of(tmp_path):
    masked = {"image_shape": (28, 28, 2)}
    bare = light(tmp_path / "bare", "classical-rungs", PATCHES, NET, **masked)
    assert bare.colour == "amber"
    assert "No method on handcrafted features with the lesion mask was run" in bare.sentence
    without = replace(SVM, fit_info={"features": {"segmentation": {"source": "Otsu threshold"}}})
    unused = light(tmp_path / "unused", "classical-rungs", without, NET, **masked)
    assert unused.colour == "amber"
    assert unused.sentence.startswith("The images have lesion masks, and no classical method made")
    used = replace(SVM, fit_info={"features": {"segmentation": {"source": "mask channel"}}})
    for name, method in (("told", used), ("plain", SVM)):
        assert light(tmp_path / name, "classical-rungs", method, NET, **masked).colour == "green"


def test_shrunk_images_are_amber_with_the_size_to_use(tmp_path):
    facts = FOLDER | came_with(**{"least side": 40.0, "typical side": 512.0})
    found = light(tmp_path, "image-size", SVM, NET, **facts)
    assert found.colour == "amber"
    assert found.sentence == (
        "The methods saw images of 64 px, which can be had with 512 px: --size 224 would show "
        "both sides more of them."
    )


@pytest.mark.parametrize(
    ("side", "came", "size"),
    [(64, 127, None), (64, 128, 128), (28, 60, 60), (128, 1000, 224), (224, 2000, None)],
)
def test_twice_the_side_is_shrunk_up_to_the_size_of_photographs(tmp_path, side, came, size):
    facts = FOLDER | {"image_shape": (side, side, 1)} | came_with(**{"typical side": float(came)})
    found = light(tmp_path, "image-size", SVM, NET, **facts)
    assert found.colour == ("green" if size is None else "amber")
    assert size is None or f"--size {size} " in found.sentence


ELONGATED = {"typical side": 64.0, "typical longer side": 192.0}


@pytest.mark.parametrize(
    ("resize", "colour", "told"),
    [
        ("letterbox", "amber", "with 192 px on the longer side: --size 192 would"),
        ("squash", "amber", "with 192 px on the longer side: --size 192 would"),
        ("crop", "green", "whose files have 64 px on the shorter side."),
    ],
)
def test_of_elongated_images_the_side_counts_that_is_scaled_to_theirs(
    tmp_path, resize, colour, told
):
    store = noted(
        results(tmp_path / "r", methods=(SVM, NET)), "breast", **FOLDER, **came_with(**ELONGATED)
    )
    store.declare(replace(store.current.study, resize=resize))
    found = lights(store)["image-size"]
    assert found.colour == colour
    assert told in found.sentence
    ladder = collect(store).datasets[0].ladder
    assert f"{ladder.file_side} px on the {ladder.which_side} side" in told


def test_of_an_earlier_card_the_least_side_counts(tmp_path):
    facts = FOLDER | came_with(**{"least side": 100.0, "largest side": 4000.0})
    assert light(tmp_path, "image-size", SVM, NET, **facts).colour == "green"


def test_medmnist_is_published_with_224_px(tmp_path):
    facts = {"source": "MedMNIST v2, breastmnist.npz"}
    found = light(tmp_path / "28", "image-size", SVM, NET, **facts)
    assert found.colour == "amber"
    assert "images of 28 px, which can be had with 224 px: --size 224" in found.sentence
    facts |= {"image_shape": (224, 224, 1)}
    assert light(tmp_path / "224", "image-size", SVM, NET, **facts).colour == "green"


def test_lesions_that_were_cut_out_first_are_not_called_shrunk(tmp_path):
    facts = FOLDER | came_with(**{"typical side": 512.0})
    store = noted(results(tmp_path / "r", methods=(SVM, NET)), "breast", **facts)
    store.declare(replace(store.current.study, preprocess=("crop-to-mask",)))
    assert lights(store)["image-size"].colour == "green"


def test_runs_at_a_larger_size_are_named(tmp_path):
    facts = FOLDER | came_with(**{"typical side": 512.0})
    store = noted(results(tmp_path / "r", methods=(SVM, NET)), "breast", **facts)
    store.declare(replace(store.current.study, size=64, sizes=(64, 128)))
    assert "(AUC by image size has 128 px)" in lights(store)["image-size"].sentence


def test_nothing_is_said_of_images_that_are_generated_or_of_unknown_size(tmp_path):
    facts = came_with(**{"typical side": 512.0})
    assert light(tmp_path / "g", "image-size", SVM, NET, generated=True, **facts).colour == "green"
    assert light(tmp_path / "u", "image-size", SVM, NET).colour == "green"


def test_no_light_where_a_method_does_not_say_what_it_makes_use_of(tmp_path):
    methods = (replace(SVM, rung=""), replace(NET, rung=""), replace(NET, name="own"))
    store = results(tmp_path / "r", methods=methods)
    assert {item.colour for item in lights(store).values()} == {"green"}
    told = lights(store)["deep-rungs"].sentence
    assert told == (
        "The deep side made use of: from scratch. What compact-resnet made use of is not told."
    )


@pytest.mark.parametrize(
    ("methods", "sentences"),
    [
        (
            (SVM, replace(NET, fails=(None,))),
            {
                "deep-rungs": "No deep method has a result (compact-resnet failed). linear-probe "
                "is one on a frozen network, and runs on any CPU.",
                "classical-rungs": "The classical side made use of: handcrafted features.",
            },
        ),
        (
            (PROBE,),
            {
                "deep-rungs": "The deep side made use of: pretrained, frozen.",
                "classical-rungs": "No classical method was run. svm is one on handcrafted "
                "features.",
            },
        ),
    ],
)
def test_a_side_without_a_result_is_amber_and_says_whether_it_was_run(tmp_path, methods, sentences):
    found = lights(results(tmp_path / "r", methods=methods))
    assert {key: found[key].sentence for key in sentences} == sentences
    for key, sentence in sentences.items():
        assert found[key].colour == ("amber" if sentence.startswith("No ") else "green")


WON = {
    "deep": (0.6, 0.97, "No method on handcrafted features was run"),
    "classical": (0.97, 0.6, "No frozen pretrained network was run"),
}


@pytest.mark.parametrize("winner", [*WON, None])
def test_the_verdict_names_the_rung_of_a_side_that_was_not_shown_to_be_better(tmp_path, winner):
    classical, deep, _ = WON.get(winner, (0.8, 0.8, ""))
    methods = replace(PATCHES, auc=classical), replace(NET, auc=deep)
    facts = FOLDER | came_with(**{"typical side": 512.0})
    store = noted(results(tmp_path / "r", methods=methods), "breast", **facts)
    verdict = collect(store).datasets[0].verdict
    assert verdict.winner == winner
    assert "--size 224 would show both sides more of them." in verdict.sentence
    for side, (*_, told) in WON.items():
        assert (told in verdict.sentence) == (winner in (None, side))


def test_a_study_without_a_handicap_has_nothing_of_it_in_its_verdict(tmp_path):
    data = collect(results(tmp_path / "r", (Data("breast"),), (SVM, NET, PROBE))).datasets[0]
    assert not any(item.sentence in data.verdict.sentence for item in data.audit)


def test_what_is_recommended_is_a_method_of_the_suite():
    deep = {entry.name for entry in entry_points(group="bench.deep")}
    classical = {entry.name for entry in entry_points(group="bench.classical")}
    assert {FROZEN, FINE_TUNED} <= deep
    assert ON_FEATURES in classical
