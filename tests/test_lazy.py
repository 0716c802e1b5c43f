"""Modules that are imported late, or not at all."""

import os
import sys
import threading
from subprocess import run

import pytest

from analysis import lazy
from analysis.lazy import import_when_used, import_without_settings, without


def test_a_module_is_loaded_when_something_of_it_is_used():
    name = "wsgiref.validate"
    assert name not in sys.modules
    import_when_used(name)
    module = sys.modules[name]
    assert sys.modules["wsgiref"].validate is module
    assert "validator" not in object.__getattribute__(module, "__dict__")
    assert callable(module.validator)
    import_when_used(name)  # which is loaded by now, and stays
    assert sys.modules[name] is module


def test_a_module_that_is_not_wanted_is_not_imported_meanwhile_alone(monkeypatch):
    monkeypatch.delitem(sys.modules, "wsgiref.util", raising=False)  # another test may have started a server
    with without("wsgiref.util"), pytest.raises(ImportError):
        import wsgiref.util
    import wsgiref.util

    with without("wsgiref.util"):
        import wsgiref.util
    assert sys.modules["wsgiref.util"] is wsgiref.util


def test_an_interrupt_waits_for_the_end_of_an_import(tmp_path, monkeypatch):
    held, sent = lazy.HeldInterrupts(), []
    monkeypatch.setattr(sys, "met", held.met, raising=False)
    monkeypatch.setattr(lazy.signal, "pthread_kill", lambda thread, number: sent.append(number))
    monkeypatch.setattr(lazy, "_LOOKED_AT", 0)
    (tmp_path / "interrupted.py").write_text("import sys\nsys.met(2, sys._getframe())\nwhole = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    import interrupted

    for timer in [one for one in threading.enumerate() if isinstance(one, threading.Timer)]:
        timer.join()
    assert (interrupted.whole, sent) == (True, [2])  # and it comes again
    with pytest.raises(KeyboardInterrupt):
        held.met(2, sys._getframe())
    monkeypatch.setattr(lazy, "_WAITS", 0)  # an import without an end is interrupted all the same
    monkeypatch.delitem(sys.modules, "interrupted")
    with pytest.raises(KeyboardInterrupt):
        import interrupted


def test_a_command_is_interrupted_between_imports(tmp_path):
    """numba's part in C, when it was interrupted, was told as a fault of ours."""
    (tmp_path / "loading.py").write_text(
        "import os, signal\n"
        "try:\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "except KeyboardInterrupt:\n    raise SystemError('of a library in C')\n"
    )
    command = "from analysis import cli; cli.cli = lambda **_: [__import__('loading'), print('loaded')]; cli.main()"
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    ended = run([sys.executable, "-c", command], env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True)
    assert "SystemError" not in ended.stderr
    assert ended.stdout == "loaded\n" or "KeyboardInterrupt" in ended.stderr  # which comes again, after the import


def test_settings_that_lie_where_a_process_is_are_not_read(tmp_path, monkeypatch):
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries/reader_of_settings.py").write_text(
        "import os\n_config_fname = 'own.yaml'\nread = os.path.exists(_config_fname)\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "libraries")
    monkeypatch.setattr(lazy, "_FILES", {"own.yaml": "reader_of_settings"})
    monkeypatch.chdir(tmp_path)
    import_without_settings()
    assert "reader_of_settings" not in sys.modules  # there are none, and it is imported when it is used
    (tmp_path / "own.yaml").write_text("disable_jit: 1")
    import_without_settings()
    module = sys.modules.pop("reader_of_settings")
    assert (module.read, os.path.exists(module._config_fname)) == (False, False)
    assert os.getcwd() == str(tmp_path)


def test_the_files_of_settings_are_those_that_the_libraries_read(tmp_path, monkeypatch):
    from matplotlib import matplotlib_fname
    from numba.core import config

    (tmp_path / "matplotlibrc").touch()
    monkeypatch.chdir(tmp_path)
    assert matplotlib_fname() == "matplotlibrc"
    assert os.path.basename(config._config_fname) == ".numba_config.yaml"
    assert lazy._FILES == {"matplotlibrc": "matplotlib", ".numba_config.yaml": "numba.core.config"}
