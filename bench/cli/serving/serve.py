"""`python -m bench serve`: a bundle as a page and an API."""

from dataclasses import dataclass
from pathlib import Path

import click

from bench.cli.options import FiniteRange, as_object, debug_tracebacks
from bench.cli.predict import allow_unsigned, say_who, trust


@dataclass(frozen=True)
class ServeOptions:
    """The options of `serve`.

    Attributes:
        bundles: one or two files.
        host, port: where it listens.
        tokens: file of tokens.
        audit: the log.
        tls_cert, tls_key: of TLS.
        names: host names by which it may be called.
        rate: predictions per second of one caller.
        queue: uploads that may wait.
        timeout: seconds of one upload.
        most: size of one upload.
        patience: seconds in which a request has to come.
        alpha: of drift.
        show_driving: whether images that drive an alarm are shown.
        trust, allow_unsigned, device, memory: as of `predict`.
    """

    bundles: tuple[Path, ...]
    host: str
    port: int
    tokens: Path | None
    audit: Path
    tls_cert: Path | None
    tls_key: Path | None
    names: tuple[str, ...]
    rate: float
    queue: int
    timeout: float
    most: str
    patience: float
    alpha: float
    show_driving: bool
    trust: Path | None
    allow_unsigned: bool
    device: str
    memory: str | None


_path = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("bundles", metavar="BUNDLE…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any."
)
@click.option("--tokens", metavar="FILE", type=_path, help="Who may ask: what 'tokens new' writes.")
@click.option(
    "--audit",
    metavar="LOG",
    type=_path,
    default=Path("audit.jsonl"),
    show_default=True,
    help="The audit log.",
)
@click.option("--tls-cert", metavar="PEM", type=_path, help="Certificate, with its chain.")
@click.option("--tls-key", metavar="PEM", type=_path, help="Its private key.")
@click.option(
    "--name",
    "names",
    metavar="HOST",
    multiple=True,
    help="A host name by which it is called, as of a proxy. May be given again.",
)
@click.option(
    "--rate",
    type=FiniteRange(0, 1e6, min_open=True),
    default=20,
    show_default=True,
    help="Predictions per second of one token, or address; twice as many at once.",
)
@click.option(
    "--queue", type=click.IntRange(1, 10_000), default=64, show_default=True, help="May wait."
)
@click.option(
    "--timeout",
    type=FiniteRange(0, 3600, min_open=True),
    default=20,
    show_default=True,
    metavar="SECONDS",
    help="Limit of one upload.",
)
@click.option("--most", metavar="SIZE", default="32MB", show_default=True, help="Of one upload.")
@click.option(
    "--patience",
    type=FiniteRange(0, 600, min_open=True),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="In which the header of a request has to come; its body in three times as many.",
)
@click.option(
    "--alpha",
    type=FiniteRange(0, 1, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Probability of a false alarm of drift of each kind, for all time.",
)
@click.option(
    "--show-driving",
    is_flag=True,
    help="Hold small pictures of the last images in memory, and show admins those that drive an "
    "alarm.",
)
@trust
@allow_unsigned
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--memory", metavar="SIZE", help="Limit of a worker, as 4GB. [default: a share]")
@debug_tracebacks
@as_object(ServeOptions)
def serve(options: ServeOptions) -> int:
    """Serve a BUNDLE, or two of the same classes side by side: a page, and POST /predict.

    Every answer has a line in the audit log. Beyond loopback only with tokens. Ends with Ctrl-C.
    Not a medical device.
    """
    from contextlib import ExitStack

    from bench.deploy.bundle import Bundle, load_bundle
    from bench.deploy.storage.extras import require
    from bench.machine import limits
    from bench.protocol.errors import UsageError

    require("fastapi", "uvicorn", "prometheus_client")
    from bench.deploy.serve import server
    from bench.deploy.serve.guard import Rules

    if not 1 <= len(options.bundles) <= 2:
        raise UsageError("Name one bundle, or the bundles of the two champions.")
    secure = options.tls_cert is not None
    serving = server.Serving(
        host=options.host,
        port=options.port,
        tokens=options.tokens,
        audit=options.audit,
        certificate=options.tls_cert,
        key=options.tls_key,
        rules=Rules(
            tuple(name.lower() for name in options.names), secure, options.rate, 2 * options.rate
        ),
        most_bytes=limits.parse_bytes(options.most, "--most "),
        queue=options.queue,
        seconds=options.timeout,
        alpha=options.alpha,
        patience=options.patience,
        thumbnails=options.show_driving,
    )
    if len(set(options.bundles)) != len(options.bundles):
        raise UsageError(f"{options.bundles[0]} is named twice. Name each bundle once.")
    share = limits.memory_share(len(options.bundles))
    memory = limits.parse_bytes(options.memory) if options.memory else share

    def load(stack: ExitStack) -> list[Bundle]:
        bundles = []
        for path in options.bundles:
            bundle = load_bundle(
                path,
                options.trust,
                options.allow_unsigned,
                device=options.device,
                memory=memory,
            )
            bundles.append(stack.enter_context(bundle))
            say_who(bundle)
        return bundles

    if not secure and not server.is_loopback(options.host):
        click.echo(
            "Without TLS tokens and images can be read on the way: only behind a proxy that does "
            "it.",
            err=True,
        )
    server.serve(serving, load, click.echo)
    return 0
