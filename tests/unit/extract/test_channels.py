import pytest
import torch

from cellswap.errors import BadInput
from cellswap.extract.channels import Feeding, feed, join_passes, parse, straight


def test_channel_wise_embedding_puts_known_channels_in_place_and_zeros_elsewhere():
    crops = torch.rand(3, 2, 4, 4)
    feeding = parse("protein=1,nucleus=2", 4, replicate=False)
    given = feed(crops, feeding)
    assert torch.equal(given[:, 1:3], crops)
    assert given[:, [0, 3]].abs().sum() == 0
    assert str(feeding) == "protein=1,nucleus=2 of 4 inputs"


def test_replication_gives_each_channel_a_pass_and_joins_condition_first():
    crops = torch.rand(3, 2, 4, 4)
    feeding = parse("protein,nucleus", 3, replicate=True)
    given = feed(crops, feeding)
    assert given.shape == (6, 3, 4, 4)
    assert all(torch.equal(given[1, i], crops[0, 1]) for i in range(3))
    joined = join_passes(given.mean((2, 3)), feeding)
    assert torch.allclose(joined[2], torch.cat([crops[2, 0].mean().repeat(3), crops[2, 1].mean().repeat(3)]))
    assert str(feeding) == "protein, nucleus in turn in all 3 inputs"


def test_straight_feeding_copies_nothing():
    crops = torch.rand(1, 2, 4, 4)
    assert feed(crops, straight("protein", "cytoplasm")) is crops
    assert parse("protein,cytoplasm", None, replicate=False) == Feeding(("protein", "cytoplasm"), (0, 1), 2)


@pytest.mark.parametrize(
    ("text", "inputs", "kind", "message"),
    [
        ("protein,protein", None, BadInput, "each once"),
        ("protein=x", None, BadInput, "a number from 0, found 'x'"),
        ("protein=1,nucleus=1", None, BadInput, "different inputs"),
        ("protein=4", 4, BadInput, "different inputs under --inputs 4"),
    ],
)
def test_wrong_channels(text, inputs, kind, message):
    with pytest.raises(kind, match=message):
        parse(text, inputs, replicate=False)
