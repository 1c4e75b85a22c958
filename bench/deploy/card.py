"""The model card: what a bundle is, on what it was trained, what was found, and what it is not."""

import html
from collections.abc import Sequence
from typing import Any

from bench.deploy.manifest import Manifest, Model

NOT_A_DEVICE = (
    "This is not a medical device. It has not been examined by any authority, it must not be used "
    "to diagnose or to treat, and its answers are for research."
)

Block = tuple[str, Any]  # "title" | "heading" | "paragraph" | "warning" → text, "table" → rows


def as_markdown(manifest: Manifest) -> str:
    """The card as Markdown."""
    lines: list[str] = []
    for kind, content in blocks(manifest):
        if kind == "title":
            lines += [f"# {content}", ""]
        elif kind == "heading":
            lines += [f"## {content}", ""]
        elif kind == "warning":
            lines += [f"**{content}**", ""]
        elif kind == "paragraph":
            lines += [content, ""]
        else:
            head, *rows = [[cell.replace("|", "\\|") for cell in row] for row in content]
            lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
            lines += ["| " + " | ".join(row) + " |" for row in rows]
            lines.append("")
    return "\n".join(lines)


def as_html(manifest: Manifest) -> str:
    """The card as a page that needs nothing else, neither scripts nor fonts."""
    body: list[str] = []
    for kind, content in blocks(manifest):
        if kind == "table":
            head, *rows = content
            cells = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
            body.append(f"<table><thead><tr>{cells}</tr></thead><tbody>")
            for row in rows:
                first, *others = map(html.escape, row)
                cells = "".join(f"<td>{cell}</td>" for cell in others)
                body.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
            body.append("</tbody></table>")
        else:
            tag = {"title": "h1", "heading": "h2"}.get(kind, "p")
            own = ' class="warning"' if kind == "warning" else ""
            body.append(f"<{tag}{own}>{html.escape(content)}</{tag}>")
    title = html.escape(f"Model card: {manifest.name}")
    return _PAGE.format(title=title, body="\n".join(body))


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; margin: 1rem 0; width: 100%; }}
th, td {{ border: 1px solid; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
.warning {{ border: 2px solid; padding: .6rem .8rem; font-weight: 600; }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def blocks(manifest: Manifest) -> list[Block]:
    """What the card says, in order."""
    models = manifest.models
    names = " and ".join(model.name for model in models)
    found: list[Block] = [
        ("title", f"Model card: {names} on {manifest.name}"),
        ("warning", NOT_A_DEVICE),
        ("heading", "What it is"),
        (
            "table",
            [["model", "family", "what it does"], *([m.name, m.family, m.summary] for m in models)],
        ),
        ("paragraph", _input_in_words(manifest)),
        ("heading", "Data"),
        ("paragraph", _data_in_words(manifest)),
        ("heading", "What was found"),
        *_evidence(manifest),
        *_places(manifest),
        ("heading", "On the test part"),
        ("paragraph", _frozen_in_words(models)),
        *[("table", _checks(manifest, model)) for model in models],
        ("heading", "Limits"),
        *[("paragraph", line) for line in _limits(manifest)],
        ("heading", "Versions"),
        (
            "table",
            [["package", "version"], *([k, v] for k, v in sorted(manifest.versions.items()))],
        ),
    ]
    return found


def _input_in_words(manifest: Manifest) -> str:
    rules = manifest.input
    kind = {1: "gray", 2: "gray with a lesion mask", 3: "RGB", 4: "RGB with a lesion mask"}
    steps = f" after {', '.join(rules.steps)}" if rules.steps else ""
    positive = (
        ""
        if manifest.positive is None
        else (f"; “{manifest.classes[manifest.positive]}” is the one to be found")
    )
    return (
        f"It sees images of {rules.width} × {rules.height} px, {kind[rules.channels]}, brought to "
        f"that size by {rules.resize}{steps}; of images deeper than 8 bits the upper 8 of "
        f"{rules.bits}. It tells the classes {', '.join(f'“{c}”' for c in manifest.classes)} "
        f"apart{positive}."
    )


def _data_in_words(manifest: Manifest) -> str:
    cases = ", ".join(f"{n} {name}" for name, n in manifest.cases.items())
    cited = f" {manifest.citation}" if manifest.citation else ""
    return (
        f"{manifest.source}; licence: {manifest.licence}. Images: {cases}. Fingerprint "
        f"{manifest.fingerprint}.{cited}"
    )


def _evidence(manifest: Manifest) -> list[Block]:
    told = manifest.evidence
    if not told:
        return [
            (
                "paragraph",
                "No comparison of this model was handed over (--from, with its report), so that "
                "nothing is said here of how it does against others, and how far that carries.",
            )
        ]
    verdict = told.get("verdict") or {}
    found: list[Block] = []
    if verdict.get("heading"):
        found.append(("paragraph", f"{verdict['heading']}. {verdict.get('sentence') or ''}"))
    rows = [["model", "AUC on test", "95 % interval"]]
    for name, numbers in (told.get("methods") or {}).items():
        auc = numbers.get("auc") or {}
        if isinstance(auc, dict) and auc.get("value") is not None:
            rows.append(
                [
                    name,
                    _three(auc["value"]),
                    f"{_three(auc.get('low'))} to {_three(auc.get('high'))}",
                ]
            )
    if len(rows) > 1:
        found.append(("table", rows))
    audit = told.get("audit") or []
    if audit:
        table = [["audit", "", "what it says"]]
        table += [[str(a["title"]), str(a["colour"]), str(a["text"])] for a in audit]
        found.append(("table", table))
    return found


def _places(manifest: Manifest) -> list[Block]:
    """What was found in external parts and in subgroups of the test part."""
    places = manifest.evidence.get("places") or []
    if not places:
        return []
    names = [model.name for model in manifest.models]
    rows = [["place or group", "images", *(f"AUC, {name}" for name in names)]]
    for place in places:
        known = place.get("auc") or {}
        own = [_with_interval(known.get(name)) for name in names]
        fewer = place.get("classes")
        name = f"{place.get('name')} (of {', '.join(fewer)})" if fewer else str(place.get("name"))
        rows.append([name, str(place.get("cases")), *own])
    return [("heading", "Elsewhere, and in groups of the test part"), ("table", rows)]


def _with_interval(auc: Any) -> str:
    if not isinstance(auc, dict) or auc.get("value") is None:
        return "–"
    return f"{_three(auc['value'])} ({_three(auc.get('low'))} to {_three(auc.get('high'))})"


def _frozen_in_words(models: Sequence[Model]) -> str:
    coverage = models[0].operating.coverage
    both = models[0].fitted_on == "train+val"
    again = (
        " The bundle's fit has seen the validation images, too; what that changes stands beside it."
        if both
        else ""
    )
    return (
        "Threshold, calibration and sets were found on validation by a fit on the training part "
        f"alone, and frozen; sets aim at {100 * coverage:g} % of the cases of each class. "
        f"Decisions are made of the probabilities before calibration.{again}"
    )


def _checks(manifest: Manifest, model: Model) -> list[list[str]]:
    both = model.fitted_on == "train+val"
    told = model.checks
    first, shipped = told["train"], told["bundle"]
    rows = [
        [model.name, "fit on train", "fit in the bundle"] if both else [model.name, "fit on train"]
    ]

    def add(name: str, get: Any) -> None:
        values = [get(first), get(shipped)] if both else [get(shipped)]
        rows.append([name, *(_three(v) for v in values)])

    if model.operating.threshold is not None:
        add("threshold", lambda _: model.operating.threshold)
    if shipped["auc"] is not None:
        add("AUC", lambda n: n["auc"])
    add("accuracy", lambda n: n["accuracy"])
    for c, label in enumerate(manifest.classes):
        add(f"recall of {label}", lambda n, c=c: n["recall"][c])
    for c, label in enumerate(manifest.classes):
        add(f"sets that hold {label}, of its cases", lambda n, c=c: n["set_coverage"][c])
    add("classes in a set, mean", lambda n: n["set_size"])
    return rows


def _limits(manifest: Manifest) -> list[str]:
    cases = manifest.cases
    places = manifest.evidence.get("places") or []
    tried = [str(place["name"]) for place in places if place.get("kind") == "external"]
    unknown = (
        f"Beyond {', '.join(tried)} nothing is known of other hospitals, devices or times"
        if tried
        else "Of another hospital, device or time nothing is known"
    )
    lines = [
        f"It was tried on {cases.get('test', 0)} test images of the same source as its "
        f"{cases.get('train', 0)} training images. {unknown}; how far a new image lies "
        "from the training images is said with each answer.",
        "The sets of classes hold what they promise for images drawn as those of validation were, "
        "one by one; several images of one patient make that less certain.",
    ]
    lines += manifest.in_every_set
    if manifest.images_of_one_patient:
        lines.append(manifest.images_of_one_patient)
    kept = {"k-nearest-neighbours", "knn", "svm", "raw-pixel-svm"}
    if any(model.name in kept for model in manifest.models):
        lines.append(
            "The file holds features of training images, as this kind of method does; protect it "
            "as the images themselves."
        )
    if manifest.models[0].fitted_on == "train+val":
        lines.append(
            "After the fit on train and validation the sets are an approximation: their guarantee "
            "is that of the fit on train."
        )
    return lines


def _three(value: Any) -> str:
    return "–" if value is None else f"{value:.3f}"
