"""A figure that is drawn when somebody looks at it."""

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure


class LazyFigure(Figure):
    """Calls `refresh`, once, before it draws itself (`savefig`, `plt.show`) or gives its axes (`plt.gca`).

    Whoever has more to draw later sets `refresh` again.
    """

    refresh: Callable[[], object] | None = None

    def look(self) -> None:
        """Bring the figure up to date."""
        refresh, self.refresh = self.refresh, None  # first, because what it draws asks for the axes too
        if refresh is not None:
            refresh()

    def draw(self, renderer: Any) -> None:
        self.look()
        super().draw(renderer)

    def gca(self) -> Any:
        self.look()
        return super().gca()

    @property  # type: ignore[misc]
    def axes(self) -> list[Any]:  # type: ignore[override]
        self.look()
        return super().axes
