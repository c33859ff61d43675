"""Papers: documents that people print, sign and file.

A paper is a template of `papers/` that extends `base.html`. It looks as `papers/paper.css` says,
holds no script, no style of its own and nothing from elsewhere, and escapes every fact. How to add
one: docs/developers.md.
"""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from groundwork.api.errors import Problem
from groundwork.api.languages import TAGS, Language, said
from groundwork.api.receipts import PREFIX
from groundwork.domain.definition import Text

_FOLDER: Final = Path(__file__).with_name("papers")
_STYLE: Final = (_FOLDER / "paper.css").read_bytes()

STYLE_NAME: Final = f"paper.{sha256(_STYLE).hexdigest()[:16]}.css"
"""The style sheet's name: another content has another name, so that it can be kept for ever."""

STYLE_ADDRESS: Final = f"/assets/{STYLE_NAME}"

SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'",
    "Referrer-Policy": "no-referrer",
}
"""What a browser may do with a paper: show it."""

_FOR_EVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}

router = APIRouter()


@router.get("/assets/{name}", include_in_schema=False)
async def get_asset(name: str) -> Response:
    """The style sheet of all papers, open to everybody: it says nothing of anybody."""
    if name != STYLE_NAME:
        raise Problem("not_found")
    return Response(_STYLE, media_type="text/css", headers=_FOR_EVER)


def address(kind: str, chain_id: str, subject: str) -> str:
    """Where a paper about a part of a chain can be read."""
    return f"{PREFIX}/chains/{quote(chain_id)}/papers/{kind}/{quote(subject)}"


def tolerance_paper(chain_id: str, deficiency: str) -> str:
    """Where the notice of a deficiency can be read."""
    return address("tolerance", chain_id, deficiency)


def commitment_papers(
    chain_id: str, commitment: str, *, drafted: bool, rectified: bool
) -> dict[str, str | None]:
    """Where the papers of a commitment can be read, as far as there are any."""
    letter = address("commitment", chain_id, commitment) if drafted else None
    order = address("rectification", chain_id, commitment) if rectified else None
    return {"paper": letter, "rectification_paper": order}


def paper(name: str, language: Language, **facts: Any) -> str:
    """A paper as HTML, in that language.

    `name` is its template's, and `facts` what the template asks for. In a template `say(zh, en)`
    chooses the language. Raises jinja2.UndefinedError for a fact that is missing.
    """
    template = _environment().get_template(f"{name}.html")

    def say(zh: str, en: str) -> str:
        return said(Text(zh=zh, en=en), language)

    return template.render(facts, say=say, tag=TAGS[language], style=STYLE_ADDRESS)


def printed(name: str, language: Language, **facts: Any) -> Response:
    """The answer that shows a paper."""
    return Response(paper(name, language, **facts), media_type="text/html", headers=SECURITY)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
