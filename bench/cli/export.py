"""`python -m bench export`: a network of a bundle as an ONNX graph."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.options import as_object, debug_tracebacks, reading
from bench.cli.predict import allow_unsigned, trust

if TYPE_CHECKING:
    from bench.deploy.bundle import Bundle


@dataclass(frozen=True)
class ExportOptions:
    """The options of `export`.

    Attributes:
        bundle: its file.
        onnx: the graph's.
        model: of several.
        folder, dataset: what the bundle was trained on: a folder, or a data set by name.
        split_seed: of parts that were made.
        allow_outside, columns, drop_unlabelled, keep_columns, drop_columns: how it was read.
        sign: the file of a private key.
        trust, allow_unsigned: see `bench.deploy.bundle.load_bundle`.
    """

    bundle: Path
    onnx: Path
    model: str | None
    folder: Path | None
    dataset: str | None
    split_seed: int
    allow_outside: bool
    columns: tuple[str, ...]
    drop_unlabelled: bool
    keep_columns: tuple[str, ...]
    drop_columns: tuple[str, ...]
    sign: Path | None
    trust: Path | None
    allow_unsigned: bool


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--onnx", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The graph."
)
@click.option("--model", metavar="NAME", help="Of several. [default: the first network]")
@click.option(
    "--data",
    "folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="The data it was trained on: its validation images are compared, too.",
)
@click.option("--dataset", metavar="NAME", help="The same by name, in the place of a folder.")
@click.option(
    "--split-seed", type=int, default=0, metavar="N", help="That of the training. [default: 0]"
)
@reading
@click.option("--sign", metavar="KEY", type=click.Path(path_type=Path), help="Sign with NAME.key.")
@trust
@allow_unsigned
@debug_tracebacks
@as_object(ExportOptions)
def export(options: ExportOptions) -> int:
    """Write a network of a BUNDLE as an ONNX graph, if it gives the same probabilities.

    They are compared on the known answers, and on validation images with --data, all at once and
    one by one; more than 1e-4 apart is refused. The data are read as they were for the training:
    say again what was said to train. Not a medical device.
    """
    from bench.deploy import onnx_file
    from bench.deploy.bundle import load_bundle
    from bench.deploy.storage import keys
    from bench.protocol.errors import UsageError
    from bench.results.outputs import refuse_output

    read = (options.bundle, options.sign, options.trust, options.folder)
    refuse_output(options.onnx, "--onnx", read, ".onnx")
    refuse_output(onnx_file.signature_of(options.onnx), "--onnx", read, ".sig")
    if options.folder is not None and options.dataset is not None:
        raise UsageError("Name the data once: --data FOLDER, or --dataset NAME.")
    key = (
        None
        if options.sign is None
        else keys.private_key(options.sign, partial(click.echo, err=True))
    )
    with load_bundle(options.bundle, options.trust, options.allow_unsigned) as loaded:
        name = _network(loaded, options.model)
        named = options.folder is not None or options.dataset is not None
        more = _validation(loaded, options) if named else None
        content, apart = loaded.to_onnx(name, more)
    onnx_file.write(options.onnx, content, key)
    compared = "known answers" if more is None else f"known answers and {len(more)} images"
    click.echo(
        f"{options.onnx}: {name}, {len(content) / 1e6:.1f} MB; probabilities of {compared} agree "
        f"within {apart:.1g}"
    )
    return 0


def _network(loaded: "Bundle", name: str | None) -> str:
    models = loaded.manifest.models
    if name is not None:
        return models[loaded.manifest.model(name)].name
    return next((model.name for model in models if model.family == "deep"), models[0].name)


def _validation(loaded: "Bundle", options: ExportOptions) -> Any:
    """The validation images as the bundle sees them, `(n, h, w, c)` uint8.

    Raises:
        DataError: if it is another data set than the bundle was trained on.
    """
    import tempfile

    import numpy as np

    from bench.data.folders.reading import Reading
    from bench.methods import sources
    from bench.protocol.errors import DataError
    from bench.protocol.study import Study
    from bench.run import loading

    rules = loaded.manifest.input
    source = sources.named(options.folder, options.dataset)
    source = replace(source, reading=Reading.asked(options))
    study = Study(
        size=rules.height,
        resize=rules.resize,
        preprocess=rules.steps,
        split_seed=options.split_seed,
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        found = loading.load(source, study, Path(place))
        if found.fingerprint != loaded.manifest.fingerprint:
            raise DataError(
                f"{options.folder or options.dataset}: is not what the bundle was trained on, or "
                "was read otherwise. Say again what was said to train: --split-seed, --column, "
                "--drop-unlabelled and the like."
            )
        images = np.array(found.val.images)
    return images[..., :-1] if images.shape[3] > rules.channels else images
