"""From embeddings to accuracies."""

from pathlib import Path

from cellswap.store import compiled

# Before any module here is imported: numba looks for a place as soon as a function is declared.
compiled.keep(Path(__file__).parent)
