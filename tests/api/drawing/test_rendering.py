"""What the drawings are as SVG: well-formed, escaped, without style or script, heard and light."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

import groundwork.api.pages
from groundwork.api.languages import LANGUAGES, Language, said
from groundwork.api.pages.drawing import small
from groundwork.api.pages.drawing.gantt_svg import gantt_svg
from groundwork.api.pages.drawing.legend import gantt_legend, map_legend
from groundwork.api.pages.drawing.metro import chain_map
from groundwork.api.pages.drawing.metro_svg import map_rows, map_svg
from groundwork.api.pages.drawing.signs import ALL, badge
from tests.api.drawing.drawn import (
    LAND,
    PRODUCTION,
    SVG,
    busy_land,
    gantt_of,
    map_of,
    parsed,
    predicted,
    units,
    view_of,
)
from tests.domain.worlds import Play, rules_in_catalogue

_STATIC = Path(groundwork.api.pages.__file__).parent / "static"
STYLE = (_STATIC / "drawing.css").read_text() + (_STATIC / "app.css").read_text()
NASTY = """<b>&"'</b>"""


def small_figures(language: Language) -> Iterator[Markup]:
    yield small.spread([3, 5, 5, 8, 21], 5, 21, NASTY, language)
    yield small.on_time([small.Share(NASTY, 3, 4), small.Share("b", 0, 0)], NASTY, language)
    yield small.progress(3, 8, language)


def drawings(language: Language) -> Iterator[Markup]:
    """One of everything, with a name that must be escaped."""
    play = busy_land()
    yield map_svg(map_of(play, language), NASTY)
    yield gantt_svg(gantt_of(play, language), NASTY)
    yield map_svg(predicted(LAND, language, phases={"L20": ("A", "B")}), NASTY)
    built = Play(rules_in_catalogue(PRODUCTION), units=nasty_units())
    yield map_svg(map_of(built, language), NASTY)
    yield gantt_svg(gantt_of(built, language), NASTY)
    yield map_svg(predicted(PRODUCTION, language, count=9), NASTY)
    yield from small_figures(language)


def nasty_units() -> tuple[object, ...]:
    return tuple(one.model_copy(update={"name": NASTY}) for one in units(3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_drawing_is_well_formed_and_escaped(language: Language) -> None:
    for drawing in drawings(language):
        tree = parsed(drawing)
        assert tree.tag == f"{SVG}svg"
        assert "<b>" not in drawing
        texts = [*tree.itertext()]
        if NASTY in "".join(texts):
            assert all(child.tag != f"{SVG}b" for child in tree.iter())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_drawing_brings_a_style_or_a_script(language: Language) -> None:
    for drawing in (*drawings(language), map_legend(language), gantt_legend(language)):
        for element in ElementTree.fromstring(f"<all>{drawing}</all>").iter():
            assert element.tag.rpartition("}")[2] not in {"style", "script", "foreignObject"}
            assert not [name for name in element.attrib if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_drawing_says_what_it_is(language: Language) -> None:
    for drawing in drawings(language):
        tree = parsed(drawing)
        title = tree.find(f"{SVG}title")
        assert title is not None
        assert title.text
        role = tree.get("role")
        named = tree.get("aria-label") or tree.get("aria-labelledby")
        assert (role in {"img", "group"}, bool(named)) == (True, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_has_a_name_that_begins_with_its_step(language: Language) -> None:
    play = busy_land()
    names = {step.id: said(step.name, language) for step in play.rules.definition.steps}
    for drawing in (
        map_svg(map_of(play, language), "map"),
        gantt_svg(gantt_of(play, language), "gantt"),
    ):
        links = parsed(drawing).findall(f".//{SVG}a")
        assert len(links) == 22
        for link in links:
            title = link.find(f"{SVG}title")
            step = str(link.get("href")).rpartition("/")[2]
            assert title is not None
            assert title.text is not None
            assert title.text.startswith(names[step])


def test_a_link_says_state_date_and_what_is_left_in_both_languages() -> None:
    play = busy_land()
    heard = {
        language: {row.key: row.name for row in map_rows(map_of(play, language))}
        for language in LANGUAGES
    }
    assert heard["zh"]["L10"] == (
        "节能审查（节能承诺），发改，已超期，2026年3月12日（周四）到期，超期 4 个工作日"
    )
    assert heard["en"]["L10"] == (
        "Energy review, DRB, Overdue, due Thu 12 Mar 2026, 4 working days late"
    )
    assert heard["zh"]["L04"].endswith("剩余 15 个工作日，关键路径")
    assert heard["en"]["L04"].endswith("15 working days left, critical path")


def test_the_rows_beside_the_map_are_its_links_in_the_same_order() -> None:
    drawn = predicted(PRODUCTION, count=3)
    links = parsed(map_svg(drawn, "map")).findall(f".//{SVG}a")
    assert [row.href for row in map_rows(drawn)] == [link.get("href") for link in links]


def test_an_address_is_escaped() -> None:
    play = busy_land()
    drawn = chain_map(play.rules, play.chain, view_of(play), "zh", lambda key: f'/"{key}&x')
    links = parsed(map_svg(drawn, "map")).findall(f".//{SVG}a")
    assert links[0].get("href") == '/"L01&x'


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_map_of_22_steps_stays_light(language: Language) -> None:
    drawing = map_svg(map_of(busy_land(), language), "审批流程图").encode()
    assert len(drawing) < 40_000
    assert len(gzip.compress(drawing)) < 9_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_drawings_on_a_page_share_no_id(language: Language) -> None:
    drawn = map_of(busy_land(), language)
    ids = [
        element.get("id")
        for name in ("one", "two")
        for element in parsed(map_svg(drawn, "map", name=name)).iter()
        if element.get("id")
    ]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_drawing_refers_to_is_in_it(language: Language) -> None:
    for drawing in drawings(language):
        ids = set(re.findall(r' id="([^"]+)"', drawing))
        used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', drawing)
        assert {a or b for a, b in used} <= ids


def test_the_style_sheet_knows_every_class() -> None:
    markup = [*drawings("zh"), *drawings("en"), map_legend("zh"), gantt_legend("zh")]
    markup += [badge(sign, "zh") for sign in ALL.values()]
    used = {
        name
        for piece in markup
        for classes in re.findall(r'class="([^"]+)"', piece)
        for name in classes.split()
    }
    known = set(re.findall(r"\.([a-z][a-z0-9-]*)", STYLE))
    # Hooks for pages and tests, that look like nothing themselves.
    hooks = {"map-lines", "map-predicted", "gantt-predicted", "map-station", "map-station-critical"}
    assert used - known - hooks - {name for name in used if name.startswith("small-")} == set()


def test_every_colour_of_a_state_is_a_token() -> None:
    rules = re.findall(r"^\.(?:light|sign|mark)-(?:\w+)[^{]*\{([^}]*)\}", STYLE, re.MULTILINE)
    colours = [c for rule in rules for c in re.findall(r"(?:fill|color|stroke): ([^;]+);", rule)]
    assert colours
    assert all(c.startswith("var(--") or c in {"none", "#fff"} for c in colours)
