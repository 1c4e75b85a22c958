"""`python -m bench export`: a network of a bundle as an ONNX graph."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.options import debug_tracebacks
from bench.cli.predict import allow_unsigned, trust

if TYPE_CHECKING:
    from bench.deploy.bundle import Bundle


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.option(
    "--onnx", required=True, metavar="FILE", type=click.Path(path_type=Path), help="The graph."
)
@click.option("--model", metavar="NAME", help="Of several. [default: the first network]")
@click.option(
    "--data",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="The data it was trained on: its validation images are compared, too.",
)
@click.option("--sign", metavar="KEY", type=click.Path(path_type=Path), help="Sign with NAME.key.")
@trust
@allow_unsigned
@debug_tracebacks
def export(
    bundle: Path,
    onnx: Path,
    model: str | None,
    data: Path | None,
    sign: Path | None,
    trust: Path | None,
    allow_unsigned: bool,
) -> int:
    """Write a network of a BUNDLE as an ONNX graph, if it gives the same probabilities.

    They are compared on the known answers, and on validation images with --data, all at once and
    one by one; more than 1e-4 apart is refused. Not a medical device.
    """
    from bench.deploy import onnx_file
    from bench.deploy.bundle import load_bundle
    from bench.deploy.storage import keys
    from bench.results.outputs import refuse_output

    read = (bundle, sign, trust, data)
    refuse_output(onnx, "--onnx", read, ".onnx")
    refuse_output(onnx_file.signature_of(onnx), "--onnx", read, ".sig")
    key = None if sign is None else keys.private_key(sign)
    with load_bundle(bundle, trust, allow_unsigned) as loaded:
        name = _network(loaded, model)
        more = None if data is None else _validation(loaded, data)
        content, apart = loaded.to_onnx(name, more)
    onnx_file.write(onnx, content, key)
    compared = "known answers" if more is None else f"known answers and {len(more)} images"
    click.echo(
        f"{onnx}: {name}, {len(content) / 1e6:.1f} MB; probabilities of {compared} agree within "
        f"{apart:.1g}"
    )
    return 0


def _network(loaded: "Bundle", name: str | None) -> str:
    models = loaded.manifest.models
    if name is not None:
        return models[loaded.manifest.model(name)].name
    return next((model.name for model in models if model.family == "deep"), models[0].name)


def _validation(loaded: "Bundle", folder: Path) -> Any:
    """The validation images of a folder as the bundle sees them.

    Raises:
        DataError: if it is another data set than the bundle was trained on.
    """
    from bench.data.sets import folder as folders
    from bench.protocol.errors import DataError

    rules = loaded.manifest.input
    found = folders.load(folder, rules.height, 0, rules.resize, rules.steps)
    if found.fingerprint != loaded.manifest.fingerprint:
        raise DataError(f"--data {folder}: is not what the bundle was trained on.")
    images = found.val.images
    return images[..., :-1] if images.shape[3] > rules.channels else images
