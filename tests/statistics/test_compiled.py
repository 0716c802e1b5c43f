"""What numba keeps on disk saves time, and nothing rests on it."""

import pytest
from numba import config
from numba.core.caching import CacheImpl, IndexDataCacheFile

from analysis.statistics.compiled import compiling


def twice(number):
    return 2 * number


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))
    return tmp_path


def full(*_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("cut", ["*.nbi", "*.nbc"])
def test_a_kept_file_that_was_cut_is_made_anew(folder, cut):
    assert compiling()(twice)(3) == 6
    [file] = folder.rglob(cut)
    file.write_bytes(b"")  # as a power failure leaves it
    again = compiling()(twice)
    assert again(3) == 6
    assert file.stat().st_size  # not as many bytes as before: what is compiled twice may differ by some
    assert not again.stats.cache_hits
    third = compiling()(twice)
    assert third(3) == 6
    assert third.stats.cache_hits


def test_a_full_disk_keeps_nothing(folder, monkeypatch):
    monkeypatch.setattr(IndexDataCacheFile, "_save_index", full)
    assert compiling()(twice)(3) == 6
    assert not [*folder.rglob("*.nbi")]


def test_nor_does_a_machine_on_which_no_folder_may_be_written(monkeypatch):
    # As a service's user runs what another user installed, without a home: "no locator available".
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert compiling()(twice)(3) == 6
