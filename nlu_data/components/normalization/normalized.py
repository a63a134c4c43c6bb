"""The result of normalising: a text that knows where each of its characters was written."""

from __future__ import annotations

from collections.abc import Iterable

from components.written import Place


class Normalized(str):
    """A normalised text; ``origin[i]`` is where in the original its character ``i`` was written.

    A string, so that it goes into a parse as it is. Places are ``(start, end)``, ascend, and are empty for what
    nobody wrote (a space put in).
    """

    __slots__ = ("origin",)
    origin: tuple[Place, ...]

    def __new__(cls, text: str, origin: Iterable[Place] = ()) -> Normalized:
        """Make one of a text and the places of its characters."""
        self = super().__new__(cls, text)
        self.origin = tuple(origin)
        return self

    @property
    def text(self) -> str:
        """The normalised text as a plain string."""
        return str.__str__(self)

    def __reduce__(self) -> tuple[type[Normalized], tuple[str, tuple[Place, ...]]]:
        return Normalized, (self.text, self.origin)
