"""Forms of pages take whatever is sent: never 5xx, and nothing typed comes back as markup."""

import httpx
import pytest

from tests.fuzz.forms import Reader, attack, wrong_with
from tests.fuzz.stage import Stage

TIMES = 1
MOST_PAGES = 6


def test_forms_and_links_are_read() -> None:
    text = (
        '<a href="/next?a=1">x</a><form method="get"><input name="q"></form>'
        '<form method="post" action="/go"><input name="csrf" value="m"><textarea name="why">'
        '</textarea><button name="verb" value="v">Go</button></form>'
    )
    read = Reader("/page", text)
    (form,) = read.forms
    assert read.links == ["/next?a=1"]
    assert (form.action, form.several) == ("/go", False)
    assert form.fields == (("csrf", "m"), ("why", ""), ("verb", "v"))


@pytest.mark.parametrize(
    ("status", "text", "wrong"),
    [
        (500, "", 1),
        (503, "", 1),
        (200, "&lt;script&gt;fuzzed()&lt;/script&gt;", 0),
        (200, "<p><script>fuzzed()</script></p>", 1),
        (200, '<a href="javascript:fuzzed()">x</a>', 1),
        (200, '<input value="x" onfocus="fuzzed()">', 1),
        (200, '<input value="&#34; onfocus=fuzzed() x=">', 0),
        (200, '<input value="javascript:fuzzed()">', 0),
        (404, "", 0),
    ],
)
def test_what_is_wrong_is_seen(status: int, text: str, wrong: int) -> None:
    answer = httpx.Response(status, text=text, headers={"content-type": "text/html"})
    assert len(list(wrong_with(answer))) == wrong


async def test_no_form_of_any_page_breaks(attacked: Stage) -> None:
    told = await attack(attacked, most_pages=MOST_PAGES, times=TIMES, seed=1)
    assert not told.wrong, "\n".join(told.wrong[:20])
    assert told.forms > 10, told
    assert told.statuses[303] > 0, told
