"""Functions that report each of their calls: a wrapper for each kind that Python has."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import ExitStack
from functools import partial, wraps
from typing import Any, Callable, TypeVar

from pinger_report.run import Run

_Function = TypeVar("_Function", bound=Callable[..., Any])
_NewRun = Callable[[], Run]


def wrapped(run: _NewRun, function: _Function) -> _Function:
    """Return a function of the same kind whose calls are runs. Raises TypeError."""
    if isinstance(function, type) or not callable(function):
        raise TypeError(
            f"report() decorates functions, not {function!r}; put it below other decorators, next to `def`"
        )
    wrapper = _wrapper_for(function)(run, function)
    return wraps(function)(wrapper)  # type: ignore[return-value]  # it takes and returns the same


def _wrapper_for(function: Callable[..., Any]) -> Callable[[_NewRun, Callable[..., Any]], Callable[..., Any]]:
    code = _code_of(function)
    if inspect.iscoroutinefunction(code):
        return _coroutine
    if inspect.isasyncgenfunction(code):
        return _asynchronous_generator
    return _generator if inspect.isgeneratorfunction(code) else _plain


def _code_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that says of which kind a callable is: a partial or an object has one inside."""
    while isinstance(function, partial):
        function = function.func
    return function if inspect.isroutine(function) else type(function).__call__


def _plain(run: _NewRun, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - it passes on whatever the function takes
        with ExitStack() as stack:
            stack.enter_context(run())
            result = function(*args, **kwargs)
            # Another decorator may hide that the function is a coroutine function: it has not run yet.
            return _awaited(stack.pop_all(), result) if inspect.iscoroutine(result) else result

    return call


async def _awaited(run: ExitStack, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - as above
    with run:
        return await coroutine


def _coroutine(run: _NewRun, function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
        with run():
            return await function(*args, **kwargs)

    return call


def _generator(run: _NewRun, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:  # noqa: ANN401 - as above
        with run():
            return (yield from function(*args, **kwargs))

    return call


def _asynchronous_generator(run: _NewRun, function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:  # noqa: ANN401 - as above
        with run():
            source = function(*args, **kwargs)
            act = partial(source.asend, None)
            while True:
                try:
                    item = await act()
                except StopAsyncIteration:
                    return
                try:
                    act = partial(source.asend, (yield item))
                except GeneratorExit:
                    await source.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001 - it is thrown into the generator
                    act = partial(source.athrow, error)

    return call
