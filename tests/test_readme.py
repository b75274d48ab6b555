from pathlib import Path

from cases.management.commands.draw_lifecycle import diagram

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_readme_draws_the_lifecycle_as_declared():
    drawn = README.split("```mermaid\n")[1].split("```")[0]

    assert drawn.strip() == diagram()
