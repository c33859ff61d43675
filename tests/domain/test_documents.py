"""Which names and contents are taken in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.domain.documents import (
    FORMATS,
    HEAD_BYTES,
    LARGEST_DIRECTORY,
    TAIL_BYTES,
    Unfit,
    check_content,
    checked_name,
    extension_of,
    zip_directory,
    zip_names,
)
from tests.papers_of_all_kinds import CONTENTS, DOCX, PDF, XLSX, zipped

EVERY = frozenset(FORMATS)


def directory_of(content: bytes) -> bytes | None:
    found = zip_directory(content[-TAIL_BYTES:])
    return None if found is None else content[found.offset : found.offset + found.size]


def fits(extension: str, content: bytes) -> bool:
    try:
        check_content(extension, content[:HEAD_BYTES], directory_of(content))
    except Unfit:
        return False
    return True


class TestNames:
    @pytest.mark.parametrize(
        "name",
        ["营业执照.pdf", "总平面图（第3版）.dwg", "a.b.c.pdf", "Plan 1 & 2.PDF", "㐀𠀀.ofd"],
    )
    def test_usual_ones_are_kept_as_they_are(self, name: str) -> None:
        assert checked_name(name) == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "../secret.pdf",
            "a/b.pdf",
            "C:\\plans\\a.pdf",
            "a\0.pdf",
            "a\nb.pdf",
            "invoice\u202efdp.exe",
            "zero\u200bwidth.pdf",
            "\ud800.pdf",
            ".hidden.pdf",
            " a.pdf",
            "a.pdf ",
            "a.pdf.",
            "CON.pdf",
            "nul .pdf",
            "lpt1.tar.pdf",
            "what?.pdf",
            "x" * 197 + ".pdf",
            "长" * 90 + ".pdf",
        ],
    )
    def test_dangerous_ones_are_refused(self, name: str) -> None:
        with pytest.raises(Unfit) as refused:
            checked_name(name)
        assert refused.value.code == "document_name_unfit"

    def test_one_that_comes_in_pieces_is_composed(self) -> None:
        assert checked_name(unicodedata.normalize("NFD", "Café.pdf")) == "Café.pdf"

    @given(st.text(st.characters(), max_size=220))
    def test_whatever_passes_is_one_plain_piece_of_a_path(self, name: str) -> None:
        try:
            passed = checked_name(name)
        except Unfit:
            return
        assert checked_name(passed) == passed
        assert not set(passed) & set('/\\<>:"|?*\0')
        assert passed.isprintable() or any(unicodedata.category(c) == "Zs" for c in passed)
        assert 0 < len(passed.encode()) <= 255
        assert passed not in {".", ".."}

    def test_only_known_and_allowed_extensions_pass(self) -> None:
        assert extension_of("A.PDF", EVERY) == "pdf"
        for name in ("a.exe", "a", "pdf", "a.pdf.js", "a.docm", "a.svg", "a.html"):
            with pytest.raises(Unfit) as refused:
                extension_of(name, EVERY | {"exe"})
            assert refused.value.code == "document_type_refused"
        with pytest.raises(Unfit) as refused:
            extension_of("a.dwg", frozenset({"pdf", "png"}))
        assert refused.value.params["known"] == "pdf, png"


class TestContents:
    @pytest.mark.parametrize("extension", sorted(EVERY))
    def test_each_format_is_known_and_taken_for_no_other(self, extension: str) -> None:
        as_what = {other for other in EVERY if fits(other, CONTENTS[extension])}
        same = {other for other in EVERY if FORMATS[other] == FORMATS[extension]}
        assert as_what == same

    @pytest.mark.parametrize(
        "content", [b"MZ\x90", b"<html>", b"", b"PK\x03\x04", zipped("a.txt"), b"\n\n" + PDF]
    )
    def test_what_is_none_of_them_is_refused(self, content: bytes) -> None:
        assert not any(fits(extension, content) for extension in EVERY)

    def test_macros_are_refused_under_any_name(self) -> None:
        assert not fits(
            "docx", zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
        )

    def test_a_container_before_which_something_stands_is_refused(self) -> None:
        assert fits("xlsx", XLSX)
        assert not fits("xlsx", b"MZ" + XLSX)

    @given(st.binary(max_size=300), st.sampled_from(sorted(EVERY)))
    def test_nothing_that_comes_from_outside_is_a_defect(self, noise: bytes, kind: str) -> None:
        fits(kind, noise)
        fits(kind, DOCX[:40] + noise)
        zip_names(noise)

    @given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), max_size=8))
    def test_the_names_in_a_container_are_read(self, names: list[str]) -> None:
        unique = dict.fromkeys(names)
        directory = directory_of(zipped(*unique))
        assert directory is not None
        assert zip_names(directory) == set(unique)

    @pytest.mark.parametrize(
        ("packed", "unpacked", "refused"),
        [
            (1_000, 90 * 1024**2, False),
            (1_000, 110 * 1024**2, True),
            (1024**2, 190 * 1024**2, False),
            (30 * 1024**2, 1900 * 1024**2, False),
            (1900 * 1024**2, 2100 * 1024**2, True),
            (1_000, 0xFFFFFFFF, True),
        ],
    )
    def test_a_container_that_swells_is_refused(
        self, packed: int, unpacked: int, refused: bool
    ) -> None:
        directory = bytearray(directory_of(DOCX) or b"")
        directory[20:28] = packed.to_bytes(4, "little") + unpacked.to_bytes(4, "little")
        if refused:
            with pytest.raises(Unfit, match="document_swollen"):
                check_content("docx", DOCX, bytes(directory))
        else:
            check_content("docx", DOCX, bytes(directory))

    def test_a_directory_that_would_fill_the_memory_counts_as_none(self) -> None:
        tail = bytearray(zipped("a"))
        at = tail.rfind(b"PK\x05\x06")
        tail[at + 12 : at + 16] = (LARGEST_DIRECTORY + 1).to_bytes(4, "little")
        assert zip_directory(bytes(tail)) is None
