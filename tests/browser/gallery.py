"""`make screenshots`: puts the pictures of all pages into one, and writes docs/screens.md.

The pictures are made by test_pages.py; `python -m tests.browser.gallery` does the rest.
"""

from html import escape
from pathlib import Path

from tests.browser.places import SPOTS, Spot

PICTURES = Path("build/screenshots")
SCREENS = Path("docs/screens.md")

_HEAD = """\
# 页面一览 · Screens

`make screenshots` 在真实的浏览器里打开每一页，把截图存入 `build/screenshots/`
（中英文，桌面 1366×768、手机 390×844），并生成可翻看的 `index.html`。持续集成也保留
这个文件夹。下表由同一命令生成。图片不进仓库：先运行一次命令，表中的链接就能打开。

`make screenshots` opens every page in a real browser and puts its pictures into
`build/screenshots/`, with an `index.html` to leaf through; a build server keeps that folder. The
same command writes this table. Pictures are not kept in the repository: run the command once, and
the links below open.

| 页面 Page | 五秒内回答 Answers in five seconds | 中文 | English |
|---|---|---|---|
"""


def file_of(spot: Spot, language: str, width: int) -> str:
    """What a picture is called."""
    return f"{spot.name}.{language}.{width}.png"


def screens() -> str:
    """The page of the documentation that lists all pages."""
    return _HEAD + "".join(
        f"| {one.title.zh}<br>{one.title.en} | {one.answers.zh}<br>{one.answers.en} |"
        f" {_links(one, 'zh')} | {_links(one, 'en')} |\n"
        for one in SPOTS
    )


def index() -> str:
    """All pictures on one page."""
    shown = "".join(
        f"<h2>{escape(one.title.zh)} · {escape(one.title.en)}</h2>"
        f"<p>{escape(one.answers.zh)} {escape(one.answers.en)}</p><p>"
        + "".join(
            f'<img src="{file_of(one, language, width)}" width="{width // 2}" alt="{language}">'
            for language in ("zh", "en")
            for width in (1366, 390)
        )
        + "</p>"
        for one in SPOTS
    )
    return f'<!doctype html><meta charset="utf-8"><title>Groundwork</title>{shown}'


def main() -> None:
    """Write both."""
    (PICTURES / "index.html").write_text(index())
    SCREENS.write_text(screens())


def _links(spot: Spot, language: str) -> str:
    return " ".join(
        f"[{width}](../{PICTURES}/{file_of(spot, language, width)})" for width in (1366, 390)
    )


if __name__ == "__main__":
    main()
