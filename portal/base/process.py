"""Run other programs. Their output is kept in a log, and their failure becomes one sentence.

What they see of the environment is decided in ``child_environment``.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from portal.base.child_environment import child_environment
from portal.base.errors import PortalError
from portal.base.interrupts import interrupts_noted

OnLine = Callable[[str], None]


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    on_line: OnLine | None = None,
) -> str:
    """Run a program to its end and return what it printed on both streams.

    ``env`` is added to what the program may see of this process's environment; ``environment`` is given instead of
    both. If the program fails, the PortalError has its last lines and the path of the log.
    """
    words = [str(word) for word in command]
    lines: list[str] = []
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
    try:
        process = subprocess.Popen(  # noqa: S603 - a list, no shell
            words,
            cwd=cwd,
            env=environment or child_environment(words[0], env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise PortalError(f"{words[0]} cannot be started: {error.strerror}") from error
    with process, (log or Path(os.devnull)).open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(words)}\n")
        for line in process.stdout or ():
            lines.append(line)
            file.write(line)
            file.flush()
            if on_line is not None:
                on_line(line.rstrip())
    if process.returncode != 0:
        raise PortalError(_failure(words, process.returncode, lines, log))
    return "".join(lines)


def output(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """What a program prints on its standard output. If it fails, the PortalError has its standard error.

    ``env`` and ``environment`` are those of :func:`run`.
    The output goes through a file: Node programs that end with ``process.exit`` lose what is still in a pipe.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as printed:
        try:
            result = subprocess.run(  # noqa: S603 - a list, no shell
                words,
                cwd=cwd,
                env=environment or child_environment(words[0], env),
                input=stdin.encode() if stdin is not None else None,
                stdout=printed,
                stderr=subprocess.PIPE,
                check=False,
            )
        except OSError as error:
            raise PortalError(f"{words[0]} cannot be started: {error.strerror}") from error
        if result.returncode != 0:
            said = result.stderr.decode(errors="replace").splitlines(keepends=True)
            raise PortalError(_failure(words, result.returncode, said, None))
        printed.seek(0)
        return printed.read().decode(errors="replace")


def saved(command: Sequence[str | Path], path: Path) -> None:
    """Write what a program prints into a file. PortalError with its standard error if it fails."""
    with ExitStack() as stack:
        file = stack.enter_context(path.open("wb"))
        _started(stack, command, stdin=subprocess.DEVNULL, stdout=file).require_success()


def piped(
    source: Sequence[str | Path] | Path,
    target: Sequence[str | Path],
    through: Callable[[IO[bytes], IO[bytes]], None],
) -> None:
    """Pass what a program prints, or a file holds, ``through`` a function and on to a program's standard input.

    Nothing of it is kept. PortalError with the standard error of a program that fails; one that the function raises
    comes first.
    """
    with ExitStack() as stack:
        taker = _started(stack, target, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        givers: list[_Running] = []
        if isinstance(source, Path):
            given: IO[bytes] = stack.enter_context(source.open("rb"))
        else:
            givers.append(_started(stack, source, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE))
            given = cast("IO[bytes]", givers[0].process.stdout)
        taken = cast("IO[bytes]", taker.process.stdin)
        whole = True
        try:
            through(given, taken)
        except BrokenPipeError:
            # The taker has ended, and mostly says why. Nobody reads what is left.
            whole = False
            for giver in givers:
                giver.process.kill()
        except BaseException:
            for running in (taker, *givers):
                running.process.kill()
            raise
        with suppress(BrokenPipeError):
            taken.close()
        taker.require_success()
        if not whole:
            raise PortalError(f"{Path(target[0]).name} ended before it had read everything")
        for giver in givers:
            giver.require_success()


@dataclass(frozen=True)
class _Running:
    """A program whose standard error is kept in a file."""

    words: list[str]
    process: subprocess.Popen[bytes]
    said: IO[bytes]

    def require_success(self) -> None:
        code = self.process.wait()
        if code != 0:
            self.said.seek(0)
            lines = self.said.read().decode(errors="replace").splitlines(keepends=True)
            raise PortalError(_failure(self.words, code, lines, None))


def _started(stack: ExitStack, command: Sequence[str | Path], *, stdin: int, stdout: int | IO[bytes]) -> _Running:
    words = [str(word) for word in command]
    said = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    try:
        process = subprocess.Popen[bytes](
            words, env=child_environment(words[0]), stdin=stdin, stdout=stdout, stderr=said
        )
    except OSError as error:
        raise PortalError(f"{words[0]} cannot be started: {error.strerror}") from error
    return _Running(words, stack.enter_context(process), said)


def run_undisturbed(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, log: Path) -> None:
    """Run a program that must not be stopped half way, as a package manager must not.

    It has a session of its own and writes to the log itself: neither Ctrl-C nor the end of this process reaches it.
    After Ctrl-C this waits for its end.
    """
    words = [str(word) for word in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(words)}\n")
        file.flush()
        begin = file.tell()
        with interrupts_noted() as interrupted:
            try:
                process = subprocess.Popen(  # noqa: S603 - a list, no shell
                    words,
                    env=child_environment(words[0], env),
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except OSError as error:
                raise PortalError(f"{words[0]} cannot be started: {error.strerror}") from error
            process.wait()
    if interrupted():
        raise KeyboardInterrupt
    if process.returncode != 0:
        with log.open("rb") as written:
            written.seek(begin)
            said = written.read().decode(errors="replace").splitlines(keepends=True)
        raise PortalError(_failure(words, process.returncode, said, log))


def _failure(words: Sequence[str], code: int, lines: Sequence[str], log: Path | None) -> str:
    last = deque((line.strip() for line in lines if line.strip()), maxlen=12)
    program = Path(words[0]).name
    where = f" (full log: {log})" if log is not None else ""
    said = "\n  ".join(last)
    return f"{program} failed with exit code {code}{where}" + (f":\n  {said}" if said else "")
