"""Text as LaTeX prints it, and what a file needs for that."""

from itertools import pairwise
from unicodedata import combining, normalize

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # a row that begins with a bracket would be an argument of \\
    "−": r"\ensuremath{-}",
    "–": "--",
    "±": r"\ensuremath{\pm}",
    "×": r"\ensuremath{\times}",
    "Δ": r"\ensuremath{\Delta}",
    "δ": r"\ensuremath{\delta}",
    "α": r"\ensuremath{\alpha}",
    "β": r"\ensuremath{\beta}",
    "γ": r"\ensuremath{\gamma}",
    "ε": r"\ensuremath{\varepsilon}",
    "θ": r"\ensuremath{\theta}",
    "κ": r"\ensuremath{\kappa}",
    "λ": r"\ensuremath{\lambda}",
    "µ": r"\ensuremath{\mu}",  # the sign of a millionth
    "μ": r"\ensuremath{\mu}",  # the letter
    "π": r"\ensuremath{\pi}",
    "ρ": r"\ensuremath{\rho}",
    "σ": r"\ensuremath{\sigma}",
    "τ": r"\ensuremath{\tau}",
    "φ": r"\ensuremath{\varphi}",
    "χ": r"\ensuremath{\chi}",
    "≠": r"\ensuremath{\neq}",
    "∞": r"\ensuremath{\infty}",
    "≥": r"\ensuremath{\geq}",
    "≤": r"\ensuremath{\leq}",
    "≈": r"\ensuremath{\approx}",
    "→": r"\ensuremath{\rightarrow}",
    "←": r"\ensuremath{\leftarrow}",
    "↔": r"\ensuremath{\leftrightarrow}",
    "²": r"\textsuperscript{2}",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "\u202f": r"\,",
    "\u00a0": "~",
    "\u2009": r"\,",
    "\n": " ",
    "\t": " ",
}

_BREAK = r"\/"
"""Between two characters that fonts would draw as one; an empty group does not part them in
LuaTeX."""

_NAMED = 12
"""Letters that the head of a file names."""


def _known() -> frozenset[str]:
    """The letters beyond ASCII that pdfLaTeX has in the encoding T1 and its symbols."""
    latin = {chr(code) for code in (*range(0xA1, 0xAD), *range(0xAE, 0x17F))}
    return frozenset(latin - {*"ĦħĸĿŀŉŦŧ"} | {*"ȘșȚț—‘‚„†‡•‰‹›€™"})


_KNOWN = _known()


def latex_escaped(words: str) -> str:
    r"""Text that LaTeX prints as it stands, with `needs` at the head of the file.

    >>> latex_escaped("50 % of a_b")
    '50 \\% of a\\_b'
    >>> latex_escaped("site--1 – 2")
    'site-\\/-1 -- 2'
    """
    pieces = [_LATEX.get(letter, letter) for letter in normalize("NFC", words)]
    parted = [
        piece + _BREAK if _joins(piece, after) else piece for piece, after in pairwise(pieces)
    ]
    return "".join([*parted, *pieces[-1:]])


def _joins(piece: str, after: str) -> bool:
    """Whether a font would draw the end of one piece and the beginning of the next as one.

    That is so of two hyphens, commas, apostrophes, quotes or angle brackets, and of the ! or ?
    before a quote.
    """
    if piece == after and piece in (_LATEX["<"], _LATEX[">"]):
        return True
    both = piece[-1:] + after[:1]
    return both in ("--", ",,", "''", "``", "!`", "?`")


def needs(content: str) -> str:
    r"""The comment at the head of a file that says how it is to be compiled.

    >>> needs("a")
    '% needs \\usepackage[T1]{fontenc} and \\usepackage{booktabs,graphicx}'
    """
    packages = "booktabs,graphicx"
    if _LATEX["`"] in content:
        packages += ",textcomp"
    beyond = sorted({letter for letter in content if not letter.isascii()} - _KNOWN)
    if not beyond:
        return rf"% needs \usepackage[T1]{{fontenc}} and \usepackage{{{packages}}}"
    named = " ".join(map(_shown, beyond[:_NAMED]))
    if len(beyond) > _NAMED:
        named += f" and {len(beyond) - _NAMED} more"
    return (
        rf"% needs \usepackage{{{packages}}}, and XeLaTeX or LuaLaTeX with a font (fontspec) that "
        f"has {named}: pdfLaTeX lacks them"
    )


def _shown(letter: str) -> str:
    visible = letter.isprintable() and not combining(letter)
    return letter if visible else f"U+{ord(letter):04X}"
