"""Modules that are imported late, or not at all."""

import sys

import pytest

from analysis.lazy import import_when_used, without


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
