"""The segmentation study that predicted lesion masks come from."""

from collections.abc import Sequence
from dataclasses import replace

from bench.methods import discovery
from bench.methods.discovery import Method
from bench.protocol.errors import UsageError
from bench.protocol.study import Study
from bench.run.other_masks import to_segment
from bench.run.preparation import Request

_FOLDS = 5


def segmentation_study(request: Request, names: Sequence[str]) -> Request:
    """The request that segments the images of another one, in folds that keep patients together.

    Args:
        request: of a study of classification that asks for predicted masks.
        names: of segmenters to choose from; () for all of the sides that are asked for.

    Raises:
        UsageError: on a segmenter that is unknown or of no side that is asked for, or a side or
            data set that has none.
    """
    study = request.study
    asked = " and ".join(study.predicted_masks)
    sources = [to_segment(source) for source in request.sources if source.folder is not None]
    if not sources:
        raise UsageError(
            f"--masks {asked}: no data set is a folder of images with masks, of which a segmenter "
            "could learn. Name one with --data FOLDER."
        )
    methods = _segmenters(names, study.predicted_masks)
    for method in methods:
        if method.family not in study.predicted_masks:
            raise UsageError(
                f"--mask-method {method.name}: it is {method.family}, and masks are asked of "
                f"{asked}."
            )
    for family in study.predicted_masks:
        if not any(method.family == family for method in methods):
            raise UsageError(f"--masks {family}: name a {family} segmenter with --mask-method.")
    chosen = {source.name for source in sources}
    return replace(
        request,
        study=Study(
            seeds=study.seeds[:1],
            folds=study.folds or _FOLDS,
            budget=study.budget,
            split_seed=study.split_seed,
            resize=study.resize,
            preprocess=study.preprocess,
            alpha=study.alpha,
            task="segmentation",
        ),
        sources=sources,
        methods=methods,
        required=request.required & chosen,
        named=frozenset(method.name for method in methods if names),
    )


def _segmenters(names: Sequence[str], families: Sequence[str]) -> list[Method]:
    if names:
        return [_segmenter(name) for name in dict.fromkeys(names)]
    found = discovery.methods("segmentation").values()
    return [method for method in found if method.family in families]


def _segmenter(name: str) -> Method:
    """One by its name, or of a file as `FILE.py:build`."""
    if not name.partition(":")[0].endswith(".py"):
        return discovery.method(name, {}, "segmentation")
    found = discovery.plugin(name, "--mask-method")
    if found.task != "segmentation":
        raise UsageError(
            f"--mask-method {name}: {discovery.of_another_task(found.name, found.task)}"
        )
    return found
