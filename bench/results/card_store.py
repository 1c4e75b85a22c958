"""What is stored of the data sets of a results folder: cards, and the tables beside them."""

from dataclasses import replace
from pathlib import Path

from bench.protocol.cards import DatasetCard
from bench.protocol.errors import DamagedResults
from bench.protocol.label_maps import Targets
from bench.protocol.metadata import Metadata
from bench.protocol.predictions import Thumbnails
from bench.protocol.record import SCHEMA
from bench.results import durable, migration
from bench.results.label_maps import read_targets, write_targets
from bench.results.layout import Layout
from bench.results.parquet import (
    read_metadata,
    read_thumbnails,
    write_metadata,
    write_thumbnails,
)
from bench.results.writing import (
    read_json,
    refuse_changed,
    understood,
    write_json,
    write_table,
    writing,
)


class CardStore:
    """The part of a `bench.results.store.Store` that is about data sets."""

    def __init__(self, root: Path, pictures: bool = True) -> None:
        self.root = root
        self.pictures = pictures
        self.layout = Layout(root)

    def write_card(
        self,
        card: DatasetCard,
        thumbnails: Thumbnails | None = None,
        metadata: Metadata | None = None,
        targets: Targets | None = None,
    ) -> None:
        """Store what the report says of a data set, its pictures, what is known of its cases, and
        its true label maps.

        Each takes the place of what was there; what is not given is no longer there.
        """
        path = self.layout.card_file(card.name)
        shown = thumbnails if self.pictures else None
        if not self.pictures:
            card = replace(card, samples={})
        with writing(path):
            durable.make_folder(path.parent)
        data = {"schema": SCHEMA, **card.as_json()}
        pictures = self.layout.thumbnails_file(card.name)
        known, true = self.layout.metadata_file(card.name), self.layout.targets_file(card.name)
        if shown is not None:
            told = write_table(pictures, lambda place: write_thumbnails(place, shown))
            data["thumbnails_sha256"] = told
        if metadata is not None:
            told = write_table(known, lambda place: write_metadata(place, metadata))
            data["metadata_sha256"] = told
        if targets is not None:
            told = write_table(true, lambda place: write_targets(place, targets))
            data["targets_sha256"] = told
        write_json(path, data)
        tables = [(metadata, known), (targets, true)]
        tables += [] if self.pictures else [(None, pictures)]
        for table, place in tables:
            if table is None and place.exists():
                with writing(place):
                    place.unlink()

    def card(self, dataset: str) -> DatasetCard | None:
        """The stored card of a data set, or None.

        Raises:
            ResultsError: if it is damaged.
        """
        path = self.layout.card_file(dataset)
        return self.card_at(path) if path.exists() else None

    def card_at(self, path: Path) -> DatasetCard:
        """The card in a file.

        Raises:
            DamagedResults: if it is not as it was written, or of another data set.
        """
        try:
            card = DatasetCard.from_json(migration.migrated_card(read_json(path)))
        except (KeyError, TypeError, AttributeError) as error:
            raise DamagedResults(path, error) from None
        if self.layout.card_file(card.name) != path:
            raise DamagedResults(path, "it is the card of another data set")
        return card if self.pictures else replace(card, samples={})

    def refuse_damaged_tables(self, dataset: str) -> None:
        """Compare every table that stands beside the card of a data set with its checksum.

        Raises:
            DamagedResults: if one is not as it was written.
        """
        for what, path in self.layout.tables_of(dataset).items():
            self._is_stored(dataset, what, path)

    def thumbnails(self, dataset: str) -> Thumbnails | None:
        """The stored pictures of a data set's test images, or None where there are none.

        Raises:
            ResultsError: if they are damaged.
        """
        if not self.pictures:
            return None
        path = self.layout.thumbnails_file(dataset)
        return read_thumbnails(path) if self._is_stored(dataset, "thumbnails", path) else None

    def metadata(self, dataset: str) -> Metadata | None:
        """What is known of the cases of a data set that are predicted, or None where nothing is.

        Raises:
            ResultsError: if it is damaged.
        """
        path = self.layout.metadata_file(dataset)
        return read_metadata(path) if self._is_stored(dataset, "metadata", path) else None

    def targets(self, dataset: str) -> Targets | None:
        """What is true of the validation and test cases of a data set for segmentation, or None.

        Raises:
            ResultsError: if it is damaged.
        """
        path = self.layout.targets_file(dataset)
        if not self._is_stored(dataset, "targets", path):
            return None
        with understood(path):
            return read_targets(path)

    def _is_stored(self, dataset: str, what: str, path: Path) -> bool:
        """Whether a table stands beside the card of a data set; it is compared with its checksum.

        Raises:
            DamagedResults: if it is not as it was written.
        """
        card = self.layout.card_file(dataset)
        told = read_json(card).get(f"{what}_sha256") if card.exists() else None
        if told is not None:
            refuse_changed(path, told)
        return told is not None
