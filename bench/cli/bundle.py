"""`python -m bench bundle` and `keys`: look at a bundle, verify it, sign it; make keys."""

from functools import partial
from pathlib import Path

import click

from bench.cli.options import debug_tracebacks
from bench.cli.predict import allow_unsigned, trust

_file = click.argument("bundle", metavar="BUNDLE", type=click.Path(path_type=Path))


@click.command()
@_file
@trust
@allow_unsigned
@click.option("--json", "as_json", is_flag=True, help="Its manifest, as JSON.")
@debug_tracebacks
def show(bundle: Path, trust: Path | None, allow_unsigned: bool, as_json: bool) -> int:
    """Show what a BUNDLE says of itself; nothing of it is run."""
    from bench.deploy import contents
    from bench.deploy.card import as_markdown
    from bench.deploy.storage import keys
    from bench.protocol.errors import BundleError

    trusted = None if trust is None else keys.public_key(trust)
    found = contents.read(bundle, trusted, allow_unsigned)
    if as_json:
        click.echo(found.manifest.encoded().decode(), nl=False)
        return 0
    who = "unsigned" if found.signer is None else f"signed by {keys.fingerprint(found.signer)}"
    click.echo(f"{bundle}: format {found.manifest.format}, digest {found.digest}, {who}\n")
    try:
        page = as_markdown(found.manifest)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        raise BundleError(
            f"{bundle} is damaged: what its manifest says of tests and evidence cannot be "
            "understood. Take it anew from where it came, or look at it with --json."
        ) from None
    click.echo(page, nl=False)
    return 0


@click.command()
@_file
@trust
@allow_unsigned
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@debug_tracebacks
def verify(bundle: Path, trust: Path | None, allow_unsigned: bool, device: str) -> int:
    """Verify a BUNDLE: signature, digests, format, and its known answers on this machine."""
    from bench.deploy.bundle import load_bundle

    with load_bundle(bundle, trust, allow_unsigned, device=device) as found:
        signature = f"signed by {found.signer}" if found.signer else "UNSIGNED"
        click.echo(f"{bundle}: {signature}; {len(found.manifest.parts)} parts as they were written")
        for name, apart in found.check().items():
            exactly = "the same, bit for bit" if apart == 0 else f"the same within {apart:.1g}"
            click.echo(f"{name}: known answers are {exactly}")
    return 0


@click.command()
@_file
@click.option("--key", required=True, type=click.Path(path_type=Path), help="NAME.key.")
@click.option("--out", type=click.Path(path_type=Path), help="Another file. [default: BUNDLE]")
@trust
@allow_unsigned
@debug_tracebacks
def sign(
    bundle: Path, key: Path, out: Path | None, trust: Path | None, allow_unsigned: bool
) -> int:
    """Sign a BUNDLE, in the place of the signature that it has."""
    from bench.deploy import contents
    from bench.deploy.storage import keys
    from bench.results.outputs import refuse_output

    if out is not None:
        refuse_output(out, "--out", (key, trust))
    trusted = None if trust is None else keys.public_key(trust)
    own = keys.private_key(key, partial(click.echo, err=True))
    found = contents.read(bundle, trusted, allow_unsigned)
    contents.sign_again(found, own, out or bundle)
    signer = keys.fingerprint(own.public_key().public_bytes_raw())
    click.echo(f"{out or bundle}: signed by {signer}")
    return 0


@click.command()
@click.argument("name", metavar="NAME")
@debug_tracebacks
def new(name: str) -> int:
    """Make a pair of keys: NAME.key to sign with, NAME.pub for those who are to trust it."""
    from bench.deploy.storage import keys

    private, public = Path(f"{name}.key"), Path(f"{name}.pub")
    found = keys.new_pair(private, public)
    click.echo(f"{private}: the private key; whoever has it can sign in your name. Keep it.")
    click.echo(f"{public}: the public key {found}; give it to those who are to trust you.")
    return 0
