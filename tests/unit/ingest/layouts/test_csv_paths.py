import pytest

from cellswap.errors import BadInput
from cellswap.ingest.layouts.csv_paths import find


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "img").mkdir()
    (tmp_path / "img/A01_ch1.TIF").touch()
    (tmp_path / "back\\slash.tif").touch()
    return tmp_path


def test_back_slashes_are_slashes_unless_a_file_has_them(folder):
    assert find(folder, r"img\A01_ch1.TIF") == folder / "img/A01_ch1.TIF"
    assert find(folder, "back\\slash.tif") == folder / "back\\slash.tif"
    assert find(folder, "img/A01_ch1.TIF") == folder / "img/A01_ch1.TIF"
    assert find(folder, str(folder / "img/A01_ch1.TIF")) == folder / "img/A01_ch1.TIF"


@pytest.mark.parametrize("path", [r"D:\screen\a.tif", "d:/screen/a.tif", r"\\server\share\a.tif"])
def test_drives_are_named(folder, path):
    with pytest.raises(BadInput, match="is on a drive of Windows; give the path on this machine"):
        find(folder, path)


@pytest.mark.parametrize("path", ["img/A01_ch1.tif", r"img\a01_CH1.Tif"])
def test_other_capitals_are_said(folder, path):
    with pytest.raises(BadInput, match=r"but A01_ch1\.TIF is there; capitals count here"):
        find(folder, path)


def test_what_is_not_there_is_left_to_its_reader(folder):
    assert find(folder, "img/none.tif") == folder / "img/none.tif"
    assert find(folder, "x" * 5000) == folder / ("x" * 5000)
