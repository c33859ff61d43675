"""Whatever bytes a file holds, the check explains and the loader refuses: nothing else escapes."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from groundwork.catalogue import source
from groundwork.catalogue.check import BUILT_IN, check_file
from groundwork.catalogue.loader import CatalogueError, load_chain
from tests.catalogue.planting import CHAIN

ORIGINAL = CHAIN.read_bytes()

mutations = st.builds(
    lambda at, cut, put: ORIGINAL[:at] + put + ORIGINAL[at + cut :],
    st.integers(0, len(ORIGINAL)),
    st.integers(0, 200),
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            [b"[", b"{", b"\n", b": ", b"- ", b"'", b'"', b"|", b"?", b"&a ", b"%YAML 1"]
        ),
    ),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "steps", "after", "name", "zh", "ladder", "rungs", "sources"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


def never_breaks(content: bytes, folder: Path) -> None:
    file = folder / "chain.yaml"
    file.write_bytes(content)
    mistakes = check_file(file)
    assert all(one.line >= 1 and one.column >= 1 and one.message_en for one in mistakes)
    if mistakes or b"rungs" in content:
        with pytest.raises(CatalogueError) as refusal:
            load_chain(file)
        assert refusal.value.line >= 1
        assert str(refusal.value).encode()
    else:
        load_chain(file)


fuzzed = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzzed
@given(content=st.binary(max_size=300))
@example(content=b"%YAML 99999999999999999999.1\n--- a")
@example(content=b"\xff\xfe\x00")
@example(content=b"? ? ? a")
def test_no_bytes_break_the_check(content: bytes, tmp_path: Path) -> None:
    never_breaks(content, tmp_path)


@fuzzed
@given(content=mutations)
def test_no_damage_to_a_real_file_breaks_the_check(content: bytes, tmp_path: Path) -> None:
    never_breaks(content, tmp_path)


@fuzzed
@given(value=values, section=st.sampled_from(["steps", "windows", "ladder", "sources", "stages"]))
def test_no_shape_of_content_breaks_the_check(value: object, section: str, tmp_path: Path) -> None:
    document = {"id": "x", "version": "1.0.0", section: value}
    never_breaks(json.dumps(document).encode(), tmp_path)


def read_alike(file: Path) -> None:
    """What the fast parser reads, the careful one reads as well, value by value and place by place.

    What it refuses is read by the other anyway.
    """
    fast = source.read(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "_compose", source._composed_with_care)
        assert source.read(file) == fast


@pytest.mark.parametrize("file", sorted(BUILT_IN.glob("*/**/*.yaml")), ids=lambda file: file.name)
def test_both_parsers_read_what_is_built_in_alike(file: Path) -> None:
    read_alike(file)


@settings(fuzzed, max_examples=15)
@given(content=mutations)
def test_both_parsers_read_damaged_files_alike(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "chain.yaml").write_bytes(content)
    read_alike(tmp_path / "chain.yaml")
