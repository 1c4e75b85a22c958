"""How a folder is to be read, as the flags that say so again."""


def as_flags(allow_outside: bool, columns: tuple[str, ...], drop_unlabelled: bool) -> list[str]:
    """The flags of a command line.

    >>> as_flags(True, ("path=file",), False)
    ['--allow-outside', '--column', 'path=file']
    """
    flags = ["--allow-outside"] if allow_outside else []
    for column in columns:
        flags += ["--column", column]
    return flags + (["--drop-unlabelled"] if drop_unlabelled else [])
