"""Modules that are loaded when something of them is used."""

import sys

from analysis.lazy import import_when_used


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
