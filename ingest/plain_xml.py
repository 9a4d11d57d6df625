"""XML that somebody else wrote, element by element: no document type, so no entity is ever expanded or fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.parsers import expat

from cellswap.errors import BadInput

MOST_TEXT = 10_000
Element = tuple[str, dict[str, str], str]


class _Refused(Exception):  # noqa: N818 - what is raised inside the parser, where BadInput would be lost
    pass


def elements(content: Iterable[bytes]) -> Iterator[Element]:
    """Each element as it ends: name without its namespace, attributes, and its own text (at most 10,000 letters).

    Raises BadInput, without a place, for what is no XML and for a document type (DOCTYPE).
    """
    found: list[Element] = []
    parser = _parser(found)
    try:
        for block in content:
            parser.Parse(block, False)
            yield from found
            found.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BadInput(f"not XML, or damaged: {error}") from error
    except _Refused as error:
        raise BadInput("XML with a document type (DOCTYPE), which can name other files: refused; export it without") from error
    yield from found


def check(content: bytes) -> None:
    """BadInput for what `elements` refuses."""
    for _ in elements([content]):
        pass


def _parser(found: list[Element]) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    attributes: list[dict[str, str]] = []
    texts: list[list[str]] = []

    def start(_: str, of: dict[str, str]) -> None:
        attributes.append({_local(key): value for key, value in of.items()})
        texts.append([])

    def text(more: str) -> None:
        if texts and sum(map(len, texts[-1])) < MOST_TEXT:
            texts[-1].append(more[:MOST_TEXT])

    def end(name: str) -> None:
        found.append((_local(name), attributes.pop(), "".join(texts.pop()).strip()))

    def refuse(*_: object) -> None:
        raise _Refused

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _local(name: str) -> str:
    return name.rpartition(":")[2]
