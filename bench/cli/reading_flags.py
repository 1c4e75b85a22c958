"""How a folder is to be read, as the flags that say so again."""

from bench.data.folders.reading import Reading


def as_flags(reading: Reading) -> list[str]:
    """The flags of a command line.

    >>> as_flags(Reading(allow_outside=True, columns=(("path", "file"),), drop_columns=("born",)))
    ['--allow-outside', '--column', 'path=file', '--drop-column', 'born']
    """
    flags = ["--allow-outside"] if reading.allow_outside else []
    for ours, theirs in reading.columns:
        flags += ["--column", f"{ours}={theirs}"]
    flags += ["--drop-unlabelled"] if reading.drop_unlabelled else []
    for name in reading.keep_columns:
        flags += ["--keep-column", name]
    for name in reading.drop_columns:
        flags += ["--drop-column", name]
    return flags
