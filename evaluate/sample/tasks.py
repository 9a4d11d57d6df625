"""Which classifiers the embeddings allow: every pair of classes, for each background where there is one (paper 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

CHUNK = 32
TILE = 16


@dataclass(frozen=True)
class EmbeddingSet:
    """The vectors of one network, layer, pooling and setting; `number` is the set's place in the sweep."""

    number: int
    model: str
    layer: str
    pooling: str
    setting: str

    def __str__(self) -> str:
        """Its four names, as a path."""
        return f"{self.model}/{self.layer}/{self.pooling}/{self.setting}"

    @property
    def names(self) -> dict[str, str]:
        """Its four names, as query parameters."""
        return {"model": self.model, "layer": self.layer, "pooling": self.pooling, "setting": self.setting}


@dataclass(frozen=True)
class Task:
    """One classifier: two classes and, in the triplet settings, the background both stand on."""

    images: EmbeddingSet
    class_1: str
    class_2: str
    background: str | None

    @property
    def task_id(self) -> str:
        """The classifier's name, the same in every run."""
        on = f" on {self.background}" if self.background else ""
        return f"{self.images}/{self.class_1} or {self.class_2}{on}"


@dataclass(frozen=True)
class Chunk:
    """Classifiers that become one part of the table: of one embedding set and one background, so that they share vectors."""

    tasks: tuple[Task, ...]

    @property
    def classes(self) -> list[str]:
        """The classes whose vectors these classifiers need."""
        return sorted({name for task in self.tasks for name in (task.class_1, task.class_2)})

    @property
    def images(self) -> EmbeddingSet:
        """The embedding set that all of them read."""
        return self.tasks[0].images

    @property
    def background(self) -> str | None:
        """The background that all of them have."""
        return self.tasks[0].background


@dataclass(frozen=True)
class Share:
    """Which share of the chunks a command does, as i/n, and how many classifiers at a time: no figure depends on either."""

    shard: str = "1/1"
    jobs: int = 1


def in_order(classes: Sequence[str] | set[str], order: Sequence[str]) -> list[str]:
    """The classes in an order, their scheme's; others by name, after them."""
    rank = {name: place for place, name in enumerate(order)}
    return sorted(classes, key=lambda name: (rank.get(name, len(rank)), name))


def tasks(images: EmbeddingSet, classes: dict[str | None, list[str]], order: Sequence[str]) -> Iterator[Task]:
    """Every pair of the classes there are on each background, leaving out a background that is one of the pair.

    Pairs come tile by tile of 16 x 16 classes, so that neighbours in the list need the same vectors.
    """
    for background, present in classes.items():
        for class_1, class_2 in _tiled_pairs(in_order(present, order)):
            if background not in (class_1, class_2):
                yield Task(images, class_1, class_2, background)


def _tiled_pairs(classes: list[str]) -> Iterator[tuple[str, str]]:
    tiles = [range(start, min(start + TILE, len(classes))) for start in range(0, len(classes), TILE)]
    for i, tile in enumerate(tiles):
        yield from ((classes[a], classes[b]) for a, b in combinations(tile, 2))
        for other in tiles[i + 1 :]:
            yield from ((classes[a], classes[b]) for a in tile for b in other)


def chunks(planned: Sequence[Task]) -> Iterator[Chunk]:
    """The tasks in chunks of at most 32 that read the same embedding set and background."""
    for _, same in groupby(planned, key=lambda task: (task.images, task.background)):
        together = tuple(same)
        yield from (Chunk(together[start : start + CHUNK]) for start in range(0, len(together), CHUNK))
