from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from cases.lifecycle import ENDED, State, steps


class Command(BaseCommand):
    help = "Print the lifecycle as a Mermaid state diagram, read from the declared transitions."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(diagram())


def diagram() -> str:
    """One line per pair of states; steps the clock may take say so."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in steps():
        name = f"{step.name} (clock)" if step.clock else step.name
        arrows.setdefault((step.source, step.target), []).append(name)
    lines = ["stateDiagram-v2", f"    [*] --> {State.NEGOTIATING.value}: file"]
    lines += [
        f"    {source} --> {target}: {', '.join(names)}"
        for (source, target), names in arrows.items()
    ]
    lines += [f"    {state.value} --> [*]" for state in State if state in ENDED]
    return "\n".join(lines)
