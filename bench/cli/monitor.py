"""`python -m bench monitor`: are new images still as those that a bundle was tried on?"""

from pathlib import Path

import click

from bench.cli.options import FiniteRange, debug_tracebacks
from bench.cli.predict import allow_unsigned, trust


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=click.Path(path_type=Path))
@click.argument(
    "predictions",
    metavar="PREDICTIONS…",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option(
    "--alpha",
    type=FiniteRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Probability of a false alarm of each kind, for all time.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("monitor.html"),
    show_default=True,
    help="The page.",
)
@click.option(
    "--images",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where the images lie, to show those that drive an alarm. [default: names alone]",
)
@trust
@allow_unsigned
@debug_tracebacks
def monitor(
    bundle: Path,
    predictions: tuple[Path, ...],
    alpha: float,
    out: Path,
    images: Path | None,
    trust: Path | None,
    allow_unsigned: bool,
) -> int:
    """Compare the images of PREDICTIONS, in their order, with those that a BUNDLE remembers.

    PREDICTIONS is what 'predict' wrote; of several files, as of several weeks, the oldest comes
    first. Where they have labels, the models are compared, too; where they name patients (column
    group), one image of each counts. Exit status: 0 no alarm, 1 an alarm. Not a medical device.
    """
    from bench.deploy import contents
    from bench.deploy.storage import keys
    from bench.deploy.watch.coverage import labels, limits
    from bench.deploy.watch.page import page, where
    from bench.deploy.watch.patients import OneOfEach
    from bench.deploy.watch.predictions import read
    from bench.deploy.watch.watching import Watch
    from bench.protocol.errors import DataError, nearest_path
    from bench.results.durable import make_folder, write_file
    from bench.results.outputs import refuse_output

    refuse_output(out, "--out", (bundle, *predictions, trust, images), ".html")
    if images is not None and not images.is_dir():
        raise DataError(f"--images {images}: there is no such folder.{nearest_path(images)}")
    trusted = None if trust is None else keys.public_key(trust)
    found = contents.read(bundle, trusted, allow_unsigned)
    reference = found.reference()
    watch = Watch(found.manifest, reference, alpha)
    predicted = read(predictions, found.manifest, found.digest)
    images_of = OneOfEach(lambda: predicted, watch.several)
    for position, image in images_of:
        watch.see(image, position)
    if not watch.seen:
        raise DataError(f"{_several(predictions)} holds no predictions.")
    if not watch.watched:
        raise DataError(
            f"{_several(predictions)}: nothing in it is anything that {bundle} remembers."
        )
    lacking = limits(watch, predicted.models, predicted.absent, predicted.like_label)
    by_patient = images_of.patients > 0
    caution = found.manifest.images_of_one_patient
    if not images_of.unknown and reference.patients:
        caution = ""
    called = [Path(path.name) for path in predictions]
    title = f"{_several(called)} against {bundle.name} ({found.manifest.name})"
    about = [f"{watch.seen:,} of {images_of.images:,} images count, one of each patient."]
    if watch.means:
        about.append(f"Of {watch.means:,} patients the mean of {watch.several} images counts, too.")
    about = [*(about if by_patient else []), *labels(watch), *([caution] if caution else [])]
    try:
        make_folder(out.parent)
        write_file(out, page(watch, title, 1 / alpha, images, about, lacking).encode())
    except OSError as error:
        raise DataError(f"--out {out}: cannot be written ({error.strerror or error}).") from None
    for alarm in watch.alarms:
        click.echo(f"ALARM at {where(alarm)}, {alarm.case}: {alarm.sentence}")
    if not watch.alarms:
        partly = ", as far as they were watched" if lacking else ""
        click.echo(f"no change was found in {images_of.images:,} images{partly}")
    for sentence in (*lacking, *about):
        click.echo(sentence)
    click.echo(f"page: {out}")
    return 1 if watch.alarms else 0


def _several(paths: tuple[Path, ...] | list[Path]) -> str:
    """How files are called together."""
    if len(paths) == 1:
        return str(paths[0])
    return f"{paths[0]} to {paths[-1]} ({len(paths)} files)"
