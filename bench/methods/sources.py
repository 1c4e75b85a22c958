"""Which data sets there are: entry points, those on this machine and local folders, lazily.

    group                 name               value
    bench.datasets        the data set's     load(size) -> Dataset
    bench.datasets.named  the same, of data sets that `--all` leaves out

Data sets for segmentation stand in `bench.segmentation.datasets` and
`bench.segmentation.datasets.named`. Nothing is read before `Source.load` is called, which the
engine does in a worker process only.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from bench.data.dataset import Dataset
from bench.data.folders.listing import MANIFESTS
from bench.data.folders.reading import AS_IT_IS, Reading
from bench.methods.entry_points import GROUPS, claim, package, points
from bench.methods.plugin_code import load_module
from bench.protocol.choices import TASKS, Task
from bench.protocol.errors import DataError, PluginError, UsageError, did_you_mean, nearest_path
from bench.protocol.preprocessing import Resize


@dataclass(frozen=True)
class Source:
    """A data set that can be loaded, named but not yet read.

    Attributes:
        name: as on the command line.
        kind: "plugin" (an entry point), "local" (found in $BENCH_DATA or the cache) or "folder".
        target: "module:attribute" of a plugin, the path of a folder, else "" or what a local one is
            called where `name` says more.
        distribution: the package of a plugin, else "".
        reading: how a folder's manifest is to be read.
        external: name and folder of each external part that is read beside it.
        left_out: column and value that are the external part, see `bench.data.transport.leave_out`.
        modality: how its images were made, in a word, where the user says so.
        task: what is to be learned of it.
    """

    name: str
    kind: str
    target: str = ""
    distribution: str = ""
    reading: Reading = AS_IT_IS
    external: tuple[tuple[str, Path], ...] = ()
    left_out: tuple[str, str] | None = None
    modality: str = ""
    task: Task = "classification"

    @property
    def folder(self) -> Path | None:
        """The folder of images that it is read from, None for other kinds."""
        if self.kind == "folder":
            return Path(self.target)
        from bench.data.sets import local

        return local.place_of(self.target or self.name) if self.kind == "local" else None

    def without(self, column: str, value: str) -> "Source":
        """The same, whose external part is one value of a column."""
        from bench.data.transport.leave_out import name_of

        return replace(
            self,
            name=name_of(self.name, column, value),
            target=self.target or self.name,
            left_out=(column, value),
        )

    def load(
        self,
        size: int | None,
        split_seed: int = 0,
        resize: Resize = "letterbox",
        preprocess: tuple[str, ...] = (),
    ) -> Dataset:
        """Read or generate the data set.

        Args:
            size: pixels per side, None for the set's own.
            split_seed: random state of a split that is made.
            resize: how images of a folder reach that size.
            preprocess: steps that images of a folder go through while they are decoded; those of
                other sources go through them afterwards, see `bench.run.loading`.

        Raises:
            DataError: if it cannot be used as it is.
            PluginError: if a plugin cannot be imported or returns something else.
        """
        if self.kind == "folder":
            from bench.data.sets import folder

            place = Path(self.target)
            reading = replace(self.reading, task=self.task)
            return folder.load(place, size, split_seed, resize, preprocess, reading)
        if self.kind == "local":
            from bench.data.sets import local

            name = self.target or self.name
            if self.task == "segmentation":
                return local.load_segmentation(
                    name, size, split_seed, resize, preprocess, self.reading
                )
            return local.load(name, size, split_seed, resize, preprocess, self.reading)
        try:
            build = load_module(self.target)
        except PluginError as error:
            named = f"Data set {self.name!r} ({self.distribution})"
            raise PluginError(f"{named}: {error}") from error
        data = build(size)
        if not isinstance(data, Dataset):
            raise PluginError(
                f"Data set {self.name!r}: {self.target} returned {type(data).__name__}, "
                "not a bench.Dataset."
            )
        if data.task != self.task:
            raise PluginError(
                f"Data set {self.name!r} is registered for {self.task}, and is one for {data.task}."
            )
        return data


def sources(task: Task = "classification") -> dict[str, Source]:
    """Every data set that is registered for a task or found on this machine, by name.

    Those on this machine are looked at when they are loaded: not every one is fit for every task.

    Raises:
        PluginError: if two distributions claim one name.
    """
    from bench.data.sets import local

    found: dict[str, Source] = {}
    _add_registered(found, f"{GROUPS[task]}.datasets", task)
    for name in local.available():
        if task == "classification" or local.place_of(name):
            found.setdefault(name, Source(name, "local", task=task))
    return found


def all_sources(task: Task = "classification") -> dict[str, Source]:
    """The same with the data sets that are run only where they are named.

    Raises:
        PluginError: if two distributions claim one name.
    """
    found = sources(task)
    _add_registered(found, f"{GROUPS[task]}.datasets.named", task)
    return found


def _add_registered(found: dict[str, Source], group: str, task: Task) -> None:
    for point in points(group):
        distribution, _ = package(point)
        claim(found, Source(point.name, "plugin", point.value, distribution, task=task))


def source(name: str, task: Task = "classification") -> Source:
    """The data set of this name.

    Raises:
        DataUnavailable: if it is known but not on this machine.
        UsageError: if it is not known.
    """
    from bench.data.sets import local

    known = all_sources(task)
    if name in known:
        return known[name]
    other = next(one for one in TASKS if one != task)
    if name in all_sources(other):
        raise UsageError(f"Data set {name!r} is for {other}. Add --task {other}, or name another.")
    local.refuse_if_known(name)
    raise UsageError(
        f"Unknown data set {name!r}. {did_you_mean(name, known)} "
        "'python -m bench list datasets' shows all; --data FOLDER reads a folder of images."
    )


def named(path: Path | None, name: str | None) -> Source:
    """The data set that one of the two names, to classify: a folder of the user's, or a name.

    Raises:
        BenchError: as `folder` and `source` do.
    """
    return folder(path) if path is not None else source(str(name))


def _of_file(path: Path, option: str) -> str:
    """What to do with a file that was named as a folder, after a space; "" if nothing is known."""
    if path.suffix == ".npz":
        return (
            " A set of MedMNIST is found by its name: put the file into a folder medmnist, name "
            f"the folder around that in BENCH_DATA, and say --dataset {path.stem}."
        )
    if path.name.lower() in MANIFESTS:
        return f" Name the folder that it lies in: {option}{path.parent}"
    return ""


def folder(path: Path, option: str = "--data ", task: Task = "classification") -> Source:
    """The data set in a folder of the user's.

    Args:
        path: of the folder, or of a `croissant.json` in it.
        option: that named it, for messages.
        task: what is to be learned of it.

    Raises:
        DataError: if there is no such folder, or Parquet files of images in it cannot be read.
    """
    if path.name == "croissant.json" and path.is_file():
        path = path.parent
    if not path.is_dir():
        if path.suffix == ".json" and path.exists():
            raise DataError(f"{option}{path}: of Croissant the file is called croissant.json.")
        if path.exists():
            raise DataError(f"{option}{path}: is a file, not a folder.{_of_file(path, option)}")
        raise DataError(f"{option}{path}: does not exist.{nearest_path(path)}")
    from bench.data.cache.parquet_images import unpacked

    return Source(path.resolve().name, "folder", str(unpacked(path).resolve()), task=task)
