"""Continue a command in the program that a stack names, if that is not the code that runs now."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from filecmp import cmp
from pathlib import Path

from portal.base.child_environment import child_environment
from portal.base.errors import InputError
from portal.base.other_code import words_of_code
from portal.base.process import run
from portal.command.context import Context
from portal.stackfile.program import Program, preparing, program_of
from portal.stackfile.read import StackFile, read_stack_file


def continue_in_program(context: Context, stack: str, command: str) -> None:
    """Replace this process by the same command, run by the code that the stack's file names.

    Returns if the stack names no program, or the one that runs. If the file cannot be read, returns, and the command
    reports it. Reads no secret. ``command`` is what others are told who want the checkout's lock meanwhile.
    """
    try:
        file = read_stack_file(context.checkout, stack)
    except InputError:
        return
    program = program_of(context.checkout, file)
    if program is None or program.is_here:
        return
    folder = _prepared(context, program, file, command)
    context.progress.note(f"Continues with the code of commit {program.commit[:12]}, which {stack} names.")
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    python = folder / ".venv" / "bin" / "python"
    words = words_of_code(python, "portal.command.main", ["--directory", folder, *_without_directory(sys.argv[1:])])
    # In front of the packages of the environment, which may be that of another checkout.
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    os.execve(python, words, environment)  # noqa: S606 - our own words


def _prepared(context: Context, program: Program, file: StackFile, command: str) -> Path:
    """The folder of the program, ready to run. One command at a time prepares it."""
    with preparing(context.checkout, command):
        folder = program.worktree(file)
        _environment(context, folder)
    return folder


def _environment(context: Context, folder: Path) -> None:
    """Give the program its Python packages: this checkout's, while it asks for the same, else its own."""
    environment, own = folder / ".venv", context.checkout.root
    if environment.is_symlink():
        # Of an earlier run: the checkout may ask for others by now.
        environment.unlink()
    elif (environment / ".complete").exists():
        return
    if cmp(folder / "requirements.txt", own / "requirements.txt", shallow=False) and (own / ".venv").is_dir():
        shutil.rmtree(environment, ignore_errors=True)
        environment.symlink_to((own / ".venv").resolve())
        return
    # It installs with uv, from wherever this machine's uv installs.
    allowed = child_environment("uv")
    with context.progress.phase("Install the packages of the program"):
        words = ["make", "setup", f"PYTHON={sys.executable}"]
        run(words, cwd=folder, environment=allowed, log=context.checkout.logs / "program.log")


def _without_directory(words: list[str]) -> Iterator[str]:
    """The words of a command without the option in front of the verb that says where the checkout is."""
    rest = iter(words)
    for word in rest:
        if word in {"--directory", "-C"}:
            next(rest, None)
        elif not word.startswith(("--directory=", "-C")):
            yield word
            if not word.startswith("-"):
                break
    yield from rest
