"""Long work on the writer thread, a step at a time, so that what happens is written in between."""

from collections.abc import Callable, Iterator

from monitor.store.sqlite import Store

Begin = Callable[[Store], Iterator[int]]
"""Begins the work; each item is one step, a short transaction."""
Later = Callable[[Callable[[Store], None]], None]
"""Has a task done after what is queued now."""


def in_steps(enqueue: Later, begin: Begin, then: Callable[[], None] = lambda: None) -> None:
    """Have work done whose every step waits for its turn behind what has come meanwhile.

    Where the disk refuses a step, the writer asks again, and the work begins anew. When the daemon
    ends, what is left is left: the next round does it. `then` is called once the work is over.
    """
    work: Iterator[int] | None = None

    def step(store: Store) -> None:
        nonlocal work
        try:
            work = begin(store) if work is None else work
            is_over = next(work, None) is None
        except BaseException:
            work = None
            raise
        if is_over:
            then()
        else:
            enqueue(step)

    enqueue(step)
