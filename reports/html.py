"""Pages as HTML: the only place that knows jinja2. Everything that comes from data is escaped."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from cellswap.reports import cells
from cellswap.reports.items import Answer, Page, Report, Tile

GENERATOR = "cellswap report"
SCRIPTS = ("vega.js", "report.js")


def folder_page(report: Report, page: Page) -> str:
    """One page of the folder: styles, scripts, pictures and rows are files beside it."""
    return _render(report, (page,), single=False)


def single_page(report: Report) -> str:
    """All pages in one file that needs no other."""
    return _render(report, report.pages, single=True)


def assets() -> dict[str, str]:
    """The files that all pages of a folder share, by name."""
    return {
        "report.css": _text("report.css"),
        "theme.js": _text("theme.js"),
        "vega.js": _vega(),
        "report.js": _text("report.js"),
    }


def image_name(image: bytes) -> str:
    """The picture's file name: from its content, so that the same picture is written once."""
    kind = "png" if image.startswith(b"\x89PNG") else "webp"
    return f"{hashlib.sha256(image).hexdigest()[:16]}.{kind}"


def _render(report: Report, pages: tuple[Page, ...], *, single: bool) -> str:
    shared = assets()
    charts = any(item.kind == "chart" and not item.is_empty for page in pages for item in page.items)
    return (
        _environment()
        .get_template("base.html")
        .render(
            report=report,
            pages=pages,
            single=single,
            charts=charts,
            generator=GENERATOR,
            policy=_policy(shared, single=single),
            assets={name: Markup(text) for name, text in shared.items()},  # noqa: S704 - our own files, not data
            src=_inline_image if single else _linked_image,
            rows_href=_inline_rows if single else _linked_rows,
        )
    )


def _policy(shared: Mapping[str, str], *, single: bool) -> str:
    """A content security policy under which the browser itself keeps the page off the network."""
    inline = " ".join(f"'sha256-{_digest(shared[name])}'" for name in ("theme.js", *SCRIPTS))
    scripts = inline if single else "'self' file:"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' file: 'unsafe-inline'; "
        "img-src 'self' file: data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _linked_image(tile: Tile) -> str:
    return f"images/{image_name(tile.image)}"


def _inline_image(tile: Tile) -> str:
    kind = image_name(tile.image).rpartition(".")[2]
    return f"data:image/{kind};base64,{base64.b64encode(tile.image).decode()}"


def _linked_rows(answer: Answer, kind: str) -> str:
    return f"data/{answer.name}.{kind}"


def _inline_rows(answer: Answer, kind: str) -> str:
    from cellswap.reports.rows import as_csv, as_parquet

    made, media = (as_csv(answer), "text/csv") if kind == "csv" else (as_parquet(answer), "application/vnd.apache.parquet")
    return f"data:{media};base64,{base64.b64encode(made).decode()}"


def _json(value: object) -> Markup:
    """JSON that can stand inside <script type="application/json">: nothing in it can end the element."""
    text = json.dumps(value, default=str, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["json"] = _json
    made.globals.update(
        headings=cells.headings, cells=cells.cells, heat=cells.heat, described=cells.described, without_values=cells.without_values
    )
    return made


def _text(name: str) -> str:
    return files("cellswap.reports").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _vega() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, from vl-convert; wrapped, so that it leaves nothing but `window`'s three names."""
    import vl_convert

    bundle = vl_convert.javascript_bundle()  # pyright: ignore[reportCallIssue] - its stub forgets that the snippet may be left out
    return "(function(){" + bundle.replace("</script", "<\\/script") + "\n})();\n"
