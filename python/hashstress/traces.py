"""Where in somebody else's code an error arose."""

from __future__ import annotations

import importlib
import traceback
from pathlib import Path

import pluggy

_OURS = [Path(module).parent for module in (__file__, pluggy.__file__, importlib.__file__)]


def told(error: BaseException, home: Path | None = None) -> str:
    """`ValueError: no luck (prices.py, line 12)`: in the code at `home` if the error passed through it, else where it arose."""
    text = " ".join(str(error).split())
    kind = type(error).__name__
    return f"{f'{kind}: {text}' if text else kind}{_place(error, home)}"


def _place(error: BaseException, home: Path | None) -> str:
    if isinstance(error, SyntaxError):  # says so itself
        return ""
    frames = [
        (Path(frame.filename), frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")
    ]
    own = [place for place in frames if home is not None and place[0].is_relative_to(home)]
    last = own[-1] if own else frames[-1] if frames else None
    if last is None or (not own and any(last[0].is_relative_to(folder) for folder in _OURS)):
        return ""
    return f" ({last[0]}, line {last[1]})"
