"""How a folder is to be read, and what came of it."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from bench.data.folders.case import COLUMNS, Case
from bench.protocol.cards import CheckFinding
from bench.protocol.choices import Task
from bench.protocol.errors import UsageError, did_you_mean
from bench.protocol.metadata import Columns


@dataclass(frozen=True)
class Reading:
    """What a user says of how a folder is to be read.

    Attributes:
        allow_outside: whether a manifest may name files that lie outside its folder.
        columns: names of columns, ours and theirs.
        drop_unlabelled: whether rows of a manifest without a label are left out.
        keep_columns: further columns that are kept even if they seem to tell who a person is.
        drop_columns: further columns that are left out.
        hash_ids: whether salted hashes take the place of paths as ids of the cases.
        task: what is to be learned of the images.
    """

    allow_outside: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    drop_unlabelled: bool = False
    keep_columns: tuple[str, ...] = ()
    drop_columns: tuple[str, ...] = ()
    hash_ids: bool = False
    task: Task = "classification"

    @classmethod
    def of(
        cls,
        allow_outside: bool,
        columns: tuple[str, ...],
        drop_unlabelled: bool,
        keep_columns: tuple[str, ...] = (),
        drop_columns: tuple[str, ...] = (),
    ) -> "Reading":
        """What the flags say; of columns each as "NAME=THEIRS".

        Raises:
            UsageError: if a column is not written so, or is none of ours.

        >>> Reading.of(False, ("path=image_path",), False).columns
        (('path', 'image_path'),)
        """
        pairs = []
        for text in columns:
            ours, equals, theirs = text.partition("=")
            if not equals or not theirs:
                raise UsageError(f"--column {text}: write NAME=THEIRS, as in path=image_path.")
            if ours not in COLUMNS:
                raise UsageError(f"--column {text}: {did_you_mean(ours, COLUMNS)}")
            pairs.append((ours, theirs))
        return cls(allow_outside, tuple(pairs), drop_unlabelled, keep_columns, drop_columns)

    @property
    def of_a_manifest(self) -> str:
        """One of the options that are about a manifest, as it is written; "" if none is given.

        >>> Reading(columns=(("label", "dx"),)).of_a_manifest
        '--column label=dx'
        """
        given = [f"--column {ours}={theirs}" for ours, theirs in self.columns]
        given += ["--drop-unlabelled"] * self.drop_unlabelled
        given += [f"--keep-column {name}" for name in self.keep_columns]
        given += [f"--drop-column {name}" for name in self.drop_columns]
        given += ["--allow-outside"] * self.allow_outside
        return given[0] if given else ""

    @classmethod
    def asked(cls, options: "ReadingOptions") -> "Reading":
        """What the options of a command say.

        Raises:
            UsageError: as `of`.
        """
        return cls.of(
            options.allow_outside,
            options.columns,
            options.drop_unlabelled,
            options.keep_columns,
            options.drop_columns,
        )

    def to_learn(self, task: Task) -> "Reading":
        """The same for a task.

        Raises:
            UsageError: if it says something of labels, and the task has none.
        """
        if task == "segmentation" and self.drop_unlabelled:
            raise UsageError(
                "--drop-unlabelled is about labels, which are of no account for segmentation; "
                "images without a mask are left out anyway."
            )
        return replace(self, task=task)


class ReadingOptions(Protocol):
    """The options of a command that say how a folder is read, see `Reading.of`."""

    @property
    def allow_outside(self) -> bool:
        """See `Reading`."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Each as "NAME=THEIRS"."""

    @property
    def drop_unlabelled(self) -> bool:
        """See `Reading`."""

    @property
    def keep_columns(self) -> tuple[str, ...]:
        """See `Reading`."""

    @property
    def drop_columns(self) -> tuple[str, ...]:
        """See `Reading`."""


AS_IT_IS = Reading()
"""Nothing said."""


@dataclass(frozen=True)
class SplitColumn:
    """The column of a manifest that tells the parts.

    Attributes:
        name: as the manifest has it.
        option: of the user, that takes it for the split; "" where it was understood.
        read: how its cells were read, where they are not called as parts are here.
    """

    name: str = "split"
    option: str = ""
    read: str = ""

    @property
    def without(self) -> str:
        """What to do to have the parts made here.

        >>> SplitColumn().without, SplitColumn("set").without
        ('remove it', 'say --drop-column set')
        """
        if self.name.casefold() == "split":
            return "remove it"
        place = f" in the place of {self.option}" if self.option else ""
        return f"say --drop-column {shlex.quote(self.name)}{place}"

    @property
    def behind(self) -> str:
        """How its cells were read, in brackets after a space; "" where that is plain."""
        return f" ({self.read})" if self.read else ""


@dataclass(frozen=True)
class Listing:
    """The cases of a folder.

    Attributes:
        cases: in the order of the manifest or of the paths.
        findings: what was understood, joined or left out.
        metadata: further columns, in the order of the cases.
        identifying: name → what it seems to hold, of further columns that a run refuses.
        split: the column that tells the parts, None where there is none.
        closed: a sentence for each folder that cannot be looked into, whose images are no cases.
    """

    cases: list[Case]
    findings: tuple[CheckFinding, ...] = ()
    metadata: Columns = field(default_factory=dict)
    identifying: Mapping[str, str] = field(default_factory=dict)
    split: SplitColumn | None = None
    closed: tuple[str, ...] = ()
