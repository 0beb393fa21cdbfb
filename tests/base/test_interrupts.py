"""Ctrl-C is kept until it can be heard."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from portal.base.interrupts import interrupts_noted


def test_an_interrupt_is_noted_and_raises_nothing() -> None:
    with interrupts_noted() as interrupted:
        assert not interrupted()
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        assert interrupted()
    assert interrupted()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_who_ignores_them_goes_on_ignoring_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_noted() as interrupted:
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert not interrupted()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_changes() -> None:
    seen: list[object] = []

    def look() -> None:
        with interrupts_noted():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
