"""What is said of classes that cannot be used."""

from __future__ import annotations

from cellswap.evaluate.sample.draw_tables import because


def test_of_many_reasons_the_first_are_told_and_the_others_counted() -> None:
    assert because([]) == ""
    assert because(["a", "b", "a", "c"]) == " (a; b; c)"
    assert because(f"class {i}" for i in range(4000)) == " (class 0; class 1; class 2; and 3997 more)"
