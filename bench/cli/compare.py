"""`python -m bench compare`: the evidence for predictions that were made anywhere."""

from dataclasses import dataclass
from pathlib import Path

import click

from bench.cli.options import as_object, debug_tracebacks


@dataclass(frozen=True)
class CompareOptions:
    """The options of `compare`.

    Attributes:
        predictions: a CSV file.
        a, b: the models to be compared, None for all.
        positive: the positive of two labels, None for 1.
        margin: the smallest difference of AUC that matters.
        alpha: error rate of the tests.
        as_json: whether to print JSON.
        out: folder to write files to, None for none.
        html, pdf: files to write the evidence to, None for none.
        fixed: of a reader study what is not a sample: "readers", "cases", or "" for neither.
    """

    predictions: Path
    a: str | None
    b: str | None
    positive: str | None
    margin: float
    alpha: float
    as_json: bool
    out: Path | None
    html: Path | None
    pdf: Path | None
    fixed: str


@click.command()
@click.argument("predictions", type=click.Path(path_type=Path))
@click.option("--a", metavar="MODEL", help="Compare this model ...")
@click.option("--b", metavar="MODEL", help="... with this one only.")
@click.option("--positive", metavar="LABEL", help="The positive of two labels. [default: 1]")
@click.option("--margin", type=float, default=0.02, show_default=True, help="Smallest ΔAUC.")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Error rate.")
@click.option("--json", "as_json", is_flag=True, help="Every number, at full precision.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Write files too.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page, too.")
@click.option("--pdf", type=click.Path(path_type=Path), metavar="FILE", help="Write a PDF, too.")
@click.option(
    "--fixed",
    type=click.Choice(["", "readers", "cases"]),
    default="",
    metavar="readers|cases",
    help="Of readers: say nothing of others. [default: neither]",
)
@debug_tracebacks
@as_object(CompareOptions)
def compare(options: CompareOptions) -> None:
    """Compare models by PREDICTIONS, a CSV file made anywhere.

    Its columns are case,label,model,score, or one column per class instead of score, and, if
    known, family,seed,group,split. With a column decision instead of scores, decisions are
    compared; with a column reader, ways of reading over readers.
    """
    from bench.results.outputs import refuse_output, refuse_output_folder
    from reports.external import anything

    read = (options.predictions,)
    for option, file in (("--html", options.html), ("--pdf", options.pdf)):
        if file is not None:
            refuse_output(file, option, read)
    if options.out is not None:
        refuse_output_folder(options.out, "--out", ())
        for name in anything.FILES:
            refuse_output(options.out / name, "--out", read)
    asked = anything.Asked(
        a=options.a,
        b=options.b,
        positive=options.positive,
        margin=options.margin,
        alpha=options.alpha,
        fixed=options.fixed,
    )
    found = anything.evidence_of(options.predictions, asked)
    click.echo((anything.as_json if options.as_json else anything.as_text)(found), nl=False)
    if options.out is not None:
        anything.write(found, options.out)
    if options.html is not None or options.pdf is not None:
        note = anything.write_page(found, options.predictions, options.html, options.pdf)
        if note:
            click.echo(note, err=True)
