"""How folders of patients and cases are called."""

import re

PATIENT = re.compile(
    r"(?!(?-i:pT)[0-4]$)(patient|pat|pt|subject|subj|sub|case)[-_ ]?\d+", re.IGNORECASE
)
"""What a folder of a patient is called, and hardly one of a class; pT1 is a stage."""

_WORDS = frozenset({"patient", "subject", "study", "series", "volume", "brats"})
_SHORT = 4  # letters of a code, such as TCGA


def is_of_a_case(name: str) -> bool:
    """Whether a folder is called like a patient or a case: a number, with codes and no words.

    >>> [is_of_a_case(n) for n in ("TCGA_CS_4941_19960909", "P000", "case7", "001.Albatross", "T1")]
    [True, True, True, False, False]
    """
    if PATIENT.fullmatch(name):
        return True
    words = re.findall(r"[^\W\d_]+", name)
    short = all(len(word) <= _SHORT or word.lower() in _WORDS for word in words)
    return short and re.search(r"\d{3}", name) is not None
