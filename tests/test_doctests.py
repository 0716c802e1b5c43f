"""Every example in a docstring runs and prints what it shows."""

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import analysis

MODULES = sorted(
    found.name
    for found in walk_packages(analysis.__path__, "analysis.")
    if not found.name.endswith(("__main__", "preloaded"))
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_show(name):
    done = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert done.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [test for name in MODULES for test in finder.find(import_module(name)) if test.examples]
    assert len(examples) > 10
