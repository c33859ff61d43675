"""Small contents of every format that is let in, made here: no file of anybody's is needed."""

import io
import zipfile

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


def zipped(*names: str) -> bytes:
    """A ZIP container of those names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return target.getvalue()


DOCX = zipped("[Content_Types].xml", "word/document.xml")
XLSX = zipped("[Content_Types].xml", "xl/workbook.xml")
CONTENTS = {
    "pdf": PDF,
    "ofd": zipped("OFD.xml", "Doc_0/Document.xml"),
    "jpg": b"\xff\xd8\xff\xe0" + b"\0" * 16,
    "jpeg": b"\xff\xd8\xff\xe1" + b"\0" * 16,
    "png": PNG,
    "tif": b"II*\0" + b"\0" * 16,
    "tiff": b"MM\0*" + b"\0" * 16,
    "docx": DOCX,
    "xlsx": XLSX,
    "pptx": zipped("[Content_Types].xml", "ppt/presentation.xml"),
    "dwg": b"AC1032" + b"\0" * 16,
}


def pdf(words: str, size: int = 0) -> bytes:
    """A PDF that no other test has, of at least `size` bytes."""
    content = PDF + f"% {words}\n".encode()
    return content + b"%" * max(0, size - len(content))
