"""Seeds come from names; shards are a partition of the work."""

import pytest

from cellswap.errors import BadInput
from cellswap.store import progress, work


def test_a_seed_is_the_same_everywhere():
    assert work.seed("swaps", "ER", 3) == work.seed("swaps", "ER", "3") == 6195103888079224419
    assert work.seed("a", "b") != work.seed("ab")


def test_shards_together_are_all_batches():
    batches = list(range(10))
    together = [b for i in (1, 2, 3) for b in work.shard(batches, f"{i}/3")]
    assert sorted(together) == batches
    assert len(together) == len(set(together))


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "-1/2", ""])
def test_a_shard_is_i_of_n(text):
    with pytest.raises(BadInput, match="expected i/n"):
        work.shard([1], text)


def test_progress_into_a_pipe_is_silent(capsys):
    with progress.shown("ingest", 2, "fields") as bar:
        bar.step(2)
    assert capsys.readouterr() == ("", "")
