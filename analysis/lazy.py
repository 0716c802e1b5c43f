"""Modules as attributes of their package, loaded on first use: ``analysis.measures`` after ``import analysis``; seldom
collections of garbage; and libraries without settings of the environment."""

import gc
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec
from pkgutil import iter_modules
from threading import Timer, current_thread, main_thread
from time import monotonic
from types import FrameType, ModuleType
from typing import Any

# Python's own number looks at every object of the imported libraries again and again: a sixth of a report's time.
COLLECTED_FROM = 50_000
# Variables by which a user sets libraries that compute here. One that is mistyped keeps them from being imported.
_SETTINGS, _KEPT = ("ARROW_", "NUMBA_", "PANDAS_", "PANDERA_"), "NUMBA_CACHE_DIR"
# Files of settings that libraries read in the folder where a process is, and what reads each when it is imported.
_FILES = {"matplotlibrc": "matplotlib", ".numba_config.yaml": "numba.core.config"}
# An interrupt waits so long, in seconds, for the end of an import, and is looked at so often.
_WAITS, _LOOKED_AT = 10.0, 0.05
# One process is one thread: those of a library of linear algebra cost more than they bring here, and their number can
# change the last digit of a result; each holds memory too, on a large machine more than a bound allows.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")


def collect_seldom() -> None:
    """Look for garbage in this process only after many new objects; it holds no more memory for it."""
    gc.set_threshold(COLLECTED_FROM)


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without a user's settings of the libraries that compute, which could change a result."""
    return {name: value for name, value in environment.items() if name == _KEPT or not name.startswith(_SETTINGS)}


def import_without_settings() -> None:
    """Import what would read a user's settings in the folder where this process is, from elsewhere; where there are
    none, as usually, it is imported when it is used."""
    found = {name: library for name, library in _FILES.items() if os.path.exists(name)}
    if not found:
        return
    here = os.open(os.curdir, os.O_RDONLY)
    os.chdir(os.path.dirname(__file__))
    try:
        for name, library in found.items():
            module: Any = import_module(library)
            if hasattr(module, "_config_fname"):  # numba looks again whenever it compiles
                module._config_fname = os.path.join(os.path.dirname(__file__), name)
    finally:
        os.fchdir(here)
        os.close(here)


def load_algebra() -> None:
    """Load what asks for memory again and again, for ever, where it finds none when it is loaded (OpenBLAS)."""
    import_module("scipy.linalg")


def import_when_used(name: str) -> None:
    """Let a module of a package, which whoever takes all of the package imports too, be loaded when it is used: of all
    that `scipy.special` imports, ``numpy.f2py`` takes a third of the time, and nothing here is written in Fortran."""
    spec = find_spec(name)
    if name not in sys.modules and spec and spec.loader:
        spec.loader = LazyLoader(spec.loader)
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
        package, _, own = name.rpartition(".")
        setattr(sys.modules[package], own, module)


def interrupt_between_imports() -> None:
    """Let an interrupt of a cell wait for the end of the import that it meets, in IPython and Jupyter.

    Python leaves a library half imported, and, up to 3.11, at times a lock held for which the kernel's other threads
    wait for ever: nothing is shown any more. A kernel sets its handler for every cell; one of the user's own is left.
    """
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    if shell is not None:
        shell.events.register("pre_run_cell", hold_interrupts)
        hold_interrupts()


def hold_interrupts(*_: object) -> None:
    """Let an interrupt wait for the end of the import that it meets, unless somebody else handles interrupts already.

    A library in C that is interrupted while it imports may end in an error of its own, which names no interrupt.
    """
    may = hasattr(signal, "pthread_kill") and current_thread() is main_thread()
    if may and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, HeldInterrupts().met)


class HeldInterrupts:
    """The interrupts of one cell, or of a command."""

    def __init__(self) -> None:
        self._until = 0.0
        self._comes_again = False

    def met(self, number: int, frame: FrameType | None) -> None:
        """Interrupt what runs, or let the interrupt come again while that imports."""
        self._until = self._until or monotonic() + _WAITS
        if monotonic() >= self._until or not _imports(frame):
            self._until = 0.0
            raise KeyboardInterrupt
        if not self._comes_again:
            self._comes_again = True
            again = Timer(_LOOKED_AT, self._send, (number,))
            again.daemon = True
            again.start()

    def _send(self, number: int) -> None:
        self._comes_again = False
        signal.pthread_kill(main_thread().ident or 0, number)


def _imports(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


@contextmanager
def without(name: str) -> Iterator[None]:
    """Import what follows as where a module is not installed; one that is imported already is there all the same."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # whoever imports it goes without
    try:
        yield
    finally:
        del sys.modules[name]


def names_of_modules(path: Iterable[str]) -> list[str]:
    """Return the names of the modules and packages in a package, by its ``__path__``; none is loaded."""
    return sorted(module.name for module in iter_modules(path) if not module.name.startswith("_"))


def names_of_rooms(path: Iterable[str]) -> list[str]:
    """Return the names of the packages in a package, without its single modules; none is loaded."""
    return sorted(module.name for module in iter_modules(path) if module.ispkg and not module.name.startswith("_"))


def modules_in(package: str, path: Iterable[str], name: str, *, others: Iterable[str] = ()) -> ModuleType:
    """Return a module of a package, by its ``__name__`` and ``__path__``, for the package's ``__getattr__``; the hint
    of an error names ``others`` that the package has besides.

    Raises `AttributeError` if there is no such module, with the nearest name.
    """
    known = names_of_modules(path)
    if name in known:
        return import_module(f"{package}.{name}")
    names = [*others, *known]
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}."
    raise AttributeError(f"module {package!r} has no attribute {name!r}; {hint}")
