"""Files of another machine: each is found by its ending, and none is taken for another's."""

import pytest

from cellswap.errors import BadInput
from cellswap.ingest.image_folder import located, path_of


@pytest.fixture
def folder(tmp_path):
    def made(*names):
        for name in names:
            (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "raw" / name).write_bytes(b"")
        return tmp_path / "raw"

    return made


def found(texts, images):
    of = located(texts, images.parent, images)
    return {text: path.relative_to(images).as_posix() for text, path in of.paths.items()}, of.why


def test_the_longest_common_ending_chooses(folder):
    images = folder("p1/a.tif", "p2/a.tif", "deep/b.tif", "._b.tif")
    texts = ["/x/p1/a.tif", r"D:\x\p2\a.tif", "file:/y/b.tif", "s3://bucket/p9/c.tif"]
    paths, why = found(texts, images)
    assert paths == {"/x/p1/a.tif": "p1/a.tif", r"D:\x\p2\a.tif": "p2/a.tif", "file:/y/b.tif": "deep/b.tif"}
    assert why == {"s3://bucket/p9/c.tif": f"no file of that name is in {images}"}


def test_a_plate_that_is_not_there_gets_no_other_plates_image(folder):
    paths, why = found(["/x/p1/a.tif", "/x/p2/a.tif"], folder("p2/a.tif"))
    assert paths == {"/x/p2/a.tif": "p2/a.tif"}
    assert "fits x/p2/a.tif as well or better" in why["/x/p1/a.tif"]


def test_a_folder_without_plates_can_not_tell_them_apart(folder):
    paths, why = found(["/x/p1/a.tif", "/x/p2/a.tif"], folder("a.tif"))
    assert paths == {}
    assert len(why) == 2


def test_two_files_that_end_alike_are_refused(folder):
    paths, why = found(["a.tif"], folder("one/a.tif", "two/a.tif"))
    assert paths == {}
    assert "2 files in" in why["a.tif"]
    assert "one/a.tif" in why["a.tif"]


def test_the_folder_itself_may_be_the_plates(folder):
    images = folder("p1/a.tif", "p2/a.tif")
    paths, why = found(["/x/p1/a.tif", "/x/p2/a.tif"], images / "p2")
    assert paths == {"/x/p2/a.tif": "a.tif"}
    assert list(why) == ["/x/p1/a.tif"]


def test_no_folder_is_said(tmp_path):
    with pytest.raises(BadInput, match="expected the folder that holds the images"):
        located(["a"], tmp_path, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("url", "path"),
    [("file:/a%20b/c.tif", "/a b/c.tif"), ("file:///a.tif", "/a.tif"), ("file:out/a.tif", "out/a.tif"), ("/a%20b.tif", "/a%20b.tif")],
)
def test_file_urls(url, path):
    assert path_of(url) == path
