"""What holds for every test."""

import os
import signal
import sys
import tempfile
import threading
from contextlib import contextmanager
from importlib import import_module
from pkgutil import walk_packages

import pytest
from hypothesis import settings

import analysis
from analysis.lazy import without
from analysis.publishing import kernels

with without("rfc3987_syntax"):  # jsonschema's check of international addresses: two seconds, and nothing here has one
    import jsonschema  # noqa: F401

# Tests of signals ask what becomes of them, whoever started the tests: under nohup, or behind what a shell does, they
# would be passed over.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)

# An example may take as long as a busy machine needs: time is never what a test is about.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

# They make whole reports, many random tables or long simulations, of lines that other tests go through one by one.
# Tracing them again would take as long as they do; so they prove what they say, and count for no coverage.
UNTRACED = {
    "tests/exploring/test_browser.py", "tests/incidents/test_apart.py", "tests/incidents/test_kept.py",
    "tests/incidents/test_printing.py", "tests/incidents/test_properties.py", "tests/incidents/test_cases.py",
    "tests/measures/test_delays.py", "tests/measures/test_exports.py", "tests/measures/test_measures.py",
    "tests/measures/test_outlook.py", "tests/measures/test_surge.py",
    "tests/publishing/test_hostile.py", "tests/publishing/test_publish.py", "tests/publishing/test_slides.py",
    "tests/reports/test_facts.py", "tests/reports/test_fit.py", "tests/reports/test_french_sections.py",
    "tests/reports/test_plain.py", "tests/reports/test_sections.py", "tests/scheduling/test_batch.py",
    "tests/scheduling/test_cluster.py", "tests/statistics/test_forecast.py", "tests/test_charts_page.py",
    "tests/test_cli.py", "tests/test_doctests.py", "tests/test_door.py", "tests/test_french.py",
    "tests/test_language.py", "tests/test_package.py", "tests/test_readme.py", "tests/test_spoken.py",
    "tests/test_tables_page.py",
}  # fmt: skip
# To import them is to run them.
RUN_ALONE = {"analysis.__main__", "analysis.publishing.preloaded"}
TRACE_ALL = "TRACE_ALL" in os.environ  # as `make coverage` does, in half as much time again


def pytest_xdist_auto_num_workers():
    """Run one test more at a time than there are cores: some wait, for a kernel or a limit, and leave theirs idle."""
    return 1 + (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def name_of(item):
    return item.path.relative_to(item.config.rootpath).as_posix()


def pytest_collection_modifyitems(items):
    """Begin with what takes long, so that no worker is left with a whole report while the others have nothing to do."""
    long = UNTRACED | {name_of(item) for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: name_of(item) not in long)


def traced(item):
    """Tell whether coverage follows a test: not a long one or one on random examples, and of cases the first alone."""
    name = name_of(item)
    later_case = hasattr(item, "callspec") and any(item.callspec.indices.values())
    random = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    return TRACE_ALL or not (later_case or random or name in UNTRACED or item.get_closest_marker("slow"))


@contextmanager
def untraced():
    """Suspend the trace of coverage, whose own marker for this has no effect in a worker of xdist."""
    trace, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(of_threads)
        sys.settrace(trace)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session):
    """Collect untraced: of what is imported for it, no more than the package's own modules is to be measured."""
    if sys.gettrace() and session.config.getoption("dist", "no") == "no":  # a worker, or a run without any
        with untraced():
            for name in kernels.IMPORTED:
                if not name.startswith("analysis."):
                    import_module(name)
        for module in walk_packages(analysis.__path__, "analysis."):
            if module.name not in RUN_ALONE:
                import_module(module.name)
    with untraced():
        return (yield)


@pytest.fixture(autouse=True, scope="session")
def nothing_is_left(tmp_path_factory):
    """Take away with the tests what processes that they kill leave in the folder of temporary files."""
    tmp_path_factory.getbasetemp()  # what a failed test wrote is kept where pytest keeps it
    usual = os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="t-", ignore_cleanup_errors=True) as place:  # short: sockets lie in it
        os.environ["TMPDIR"] = tempfile.tempdir = place
        yield
        os.environ.pop("TMPDIR")
        if usual:
            os.environ["TMPDIR"] = usual
        tempfile.tempdir = None


@pytest.fixture(scope="session")
def embedded():
    """The study of the embedded table that documents and examples speak of; what is computed of it is kept on it."""
    return analysis.open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=200)


@pytest.fixture(autouse=True)
def no_figure_is_left():
    """Close what a test has drawn: figures are open for the whole process, and another test may count them."""
    yield
    if drawing := sys.modules.get("matplotlib.pyplot"):
        drawing.close("all")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    if traced(item):
        return (yield)
    with untraced():
        return (yield)
