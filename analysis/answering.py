"""What can go wrong with a command, as one clear line and an exit code; and the nearest to an unknown command."""

import os
import sys
import time
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import Any

import click

from analysis.incidents.errors import ParameterError
from analysis.incidents.printing import UnwrittenError, harmless_streams
from analysis.incidents.terms import OPTION, in_terms
from analysis.language import ENGLISH, LANGUAGES, used
from analysis.lazy import load_algebra
from analysis.resources import MOST_MEMORY_MB

BEGAN = time.time()
DONE, OUR_FAULT, WRONG_WORDS, UNUSABLE_TABLE, SOME_FAILED, LOCKED = range(6)


def empty_value(name: str, ctx: click.Context | None = None) -> click.UsageError:
    """Return the refusal of an option, or of a parameter by ``-p``, that is given without a value."""
    return click.UsageError(f"{name} has an empty value; leave it out, or give it one.", ctx)


class Command(click.Command):
    """A command that refuses an option given twice that takes one value, of which click takes the last, and one without
    a value, as a script passes it on whose variable is empty: all would be selected where one was meant."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words."""
        values, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for one in given:
            held: Any = values.get(one.name or "")
            if isinstance(one, click.Option) and any(
                isinstance(value, str) and not value.strip() for value in (held if one.multiple else [held])
            ):
                raise empty_value(one.opts[-1], ctx)
            if isinstance(one, click.Option) and not one.multiple and not one.is_flag and given.count(one) > 1:
                raise click.UsageError(f"{one.opts[-1]} is given {given.count(one)} times; it takes one value.", ctx)
        return super().parse_args(ctx, args)


class NearestGroup(click.Group):
    """Answers an unknown command with the nearest one, and prints nothing that a terminal would obey."""

    command_class = Command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line with harmless streams."""
        with harmless_streams():
            try:
                return super().main(*args, **kwargs)
            except UnwrittenError as error:
                if not error.unread:
                    click.echo(f"Error: {error}", err=True)
                sys.exit(OUR_FAULT)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple:
        """Find the command, or say which was probably meant."""
        name = click.utils.make_str(args[0])
        if self.get_command(ctx, name) is None:
            near = get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Commands: {', '.join(self.list_commands(ctx))}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)


# Below these a command may fail in ways of its own: what the system's limits are called, and how much is enough. Files,
# and seconds and bytes of memory.
NEEDED = {
    "RLIMIT_NOFILE": ("open files", 256),
    "RLIMIT_CPU": ("seconds", 600),
    "RLIMIT_AS": ("bytes of memory", 8 << 30),
    "RLIMIT_DATA": ("bytes of data", 4 << 30),
    "RLIMIT_NPROC": ("processes and threads of its user", 256),
}


def _limits_words() -> str:
    """Return a sentence on the limits that this process runs under, where they may be too low; else nothing."""
    import resource

    held = {words: (resource.getrlimit(getattr(resource, name))[0], enough) for name, (words, enough) in NEEDED.items()}
    low = [f"{value:,} {words}" for words, (value, enough) in held.items() if 0 <= value < enough]
    return f" The system allows this command only {' and '.join(low)}: raise its limits (ulimit -a)." if low else ""


def _cause_words() -> str:
    """Return a sentence on what may lie behind an error that nothing else explains: limits that are too low, or files
    of this program that are gone or newer than this process; else nothing."""
    if limits := _limits_words():
        return limits
    modules = [one for name, one in list(sys.modules.items()) if name.startswith("analysis.")]
    try:
        changed = any(os.stat(path).st_ctime > BEGAN for one in modules if (path := getattr(one, "__file__", None)))
    except OSError as error:
        changed = isinstance(error, FileNotFoundError)  # else it is a zip file that the program lies in
    return " Files of this program changed while it ran, as by an upgrade: run it again." if changed else ""


def _memory_words(options: dict[str, object]) -> str:
    import resource

    given: Any = options.get("memory_mb")
    allowed = f"the {given} MB that --memory-mb allows" if given else "there is"
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        _, most = resource.getrlimit(limit)
        if most != resource.RLIM_INFINITY and (not given or most < given << 20):
            allowed = f"the {most >> 20} MB that the system allows it (ulimit -a)"
    return f"The table needs more memory than {allowed}. Select some of its countries or years."


def _language_of(options: dict[str, Any]) -> str:
    """Return the language that the words ask for, by ``--language`` or ``-p language=``; one that is not known is
    refused later."""
    given = [pair.partition("=")[2] for pair in options.get("parameters", ()) if pair.startswith("language=")]
    asked = [*given, str(options.get("language") or ENGLISH)][0]
    return asked if asked in LANGUAGES else ENGLISH


def memory_option(*, least: int = 512, default: int = 4096, apart: bool = False) -> Callable:
    """Return the option that bounds memory, at the least what a small table needs: all that the command does is within
    it, but of one that computes in processes ``apart``, which is handed it. It stands below `answering`, which says
    what was too much once the bound is gone."""
    words = "Data that reading and computing may hold."
    bound = click.IntRange(least, MOST_MEMORY_MB)
    option = click.option("--memory-mb", type=bound, default=default, show_default=True, help=words)
    if apart:
        return option

    def bounded(command: Callable) -> Callable:
        @wraps(command)
        def run(*args: object, memory_mb: int, **kwargs: object) -> None:
            from analysis.publishing.kernels import bounded_memory

            with bounded_memory(memory_mb):
                command(*args, **kwargs)

        return option(run)

    return bounded


def answering(command: Callable) -> Callable:
    """Turn what can go wrong into one clear line and its exit code."""

    @wraps(command)
    def run(*args: object, **kwargs: object) -> None:
        from analysis.incidents.errors import TableError
        from analysis.publishing.errors import (
            KernelDiedError,
            LockedError,
            NotebookError,
            OutOfMemoryError,
            StorageError,
            lacking,
            storage_words,
            wants_memory,
        )
        from analysis.scheduling.errors import CancelledError, ClusterError, ScheduleError, UnknownReportError

        debug = kwargs.pop("debug", False)
        try:
            with used(_language_of(kwargs)), in_terms(OPTION):
                if _limits_words():
                    load_algebra()
                command(*args, **kwargs)
        except (ParameterError, UnknownReportError, ClusterError) as error:
            raise click.UsageError(str(error)) from None
        except (TableError, ScheduleError) as error:
            _fail(str(error), UNUSABLE_TABLE)
        except LockedError as error:
            _fail(str(error), LOCKED)
        except (StorageError, CancelledError) as error:
            _fail(str(error), OUR_FAULT)
        except KernelDiedError as error:
            again = _cause_words() or " Run it again; should it end again, give it less to do."
            _fail(f"{error} Nothing was published.{again}", OUR_FAULT)
        except (MemoryError, OutOfMemoryError):
            _fail(_memory_words(kwargs), UNUSABLE_TABLE)
        except (click.ClickException, click.exceptions.Exit, click.Abort, UnwrittenError):
            raise
        except Exception as error:
            if isinstance(error, OSError) and (reason := storage_words(error)):
                _fail(f"{error.filename or 'A file'} cannot be used: {reason}.", OUR_FAULT)
            if wants_memory(type(error).__name__, str(error)):
                _fail(_memory_words(kwargs), UNUSABLE_TABLE)
            if lacking(error):
                bound = ", --memory-mb" if kwargs.get("memory_mb") else ""
                _fail(
                    f"The system gives this command too few threads, files or memory ({str(error).rstrip('.')})."
                    f" Raise its limits (ulimit -a{bound}), or end what else is running.",
                    OUR_FAULT,
                )
            if debug:
                import traceback

                click.echo(traceback.format_exc(), err=True)
            if cause := _cause_words():
                kind = "" if isinstance(error, NotebookError) else f"{type(error).__name__}: "
                _fail(f"{kind}{str(error).rstrip('.')}.{cause}", OUR_FAULT)
            _fail(
                f"{type(error).__name__}: {error} (a fault of ours{'' if debug else '; --debug shows where'})",
                OUR_FAULT,
            )

    return run


def _fail(message: str, code: int) -> None:
    click.echo(f"Error: {message}", err=True)
    raise click.exceptions.Exit(code)
