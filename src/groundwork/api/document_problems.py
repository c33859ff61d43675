"""What can go wrong with documents: status, title and sentence of each code, in both languages."""

from typing import Final

DOCUMENT_PROBLEMS: Final[dict[str, tuple[int, str, str, str, str]]] = {
    "document_not_found": (
        404,
        "文件不存在",
        "No such document",
        "该项目的材料袋中没有编号为 {document} 的文件。请核对编号；文件可能已被移出。",
        "The project's bag has no document {document}. Compare the id; it may have been removed.",
    ),
    "document_version_not_found": (
        404,
        "文件版本不存在",
        "No such version",
        "文件 {document} 没有第 {version} 版。请在文件详情中查看现有版本。",
        "Document {document} has no version {version}. Its page lists those it has.",
    ),
    "upload_not_found": (
        404,
        "上传不存在",
        "No such upload",
        "您没有编号为 {upload} 的上传，或已过期清除。请重新开始上传。",
        "You have no upload {upload}, or it was forgotten since. Begin a new one.",
    ),
    "upload_offset_differs": (
        409,
        "续传位置不符",
        "The offset differs",
        "已收到 {received} 字节，请从该位置继续上传。",
        "{received} bytes are there. Go on from that offset.",
    ),
    "upload_incomplete": (
        409,
        "上传未完成",
        "The upload is not complete",
        "共 {size} 字节，已收到 {received} 字节。请从该位置继续上传，再结束。",
        "{received} of {size} bytes are there. Send the rest from that offset, then finish.",
    ),
    "document_in_use": (
        409,
        "文件已被使用",
        "The document is in use",
        "文件 {document} 已在 {step} 中提交，不能移出；如需更正，请上传新版本。",
        "Document {document} was handed in at {step} and stays. To correct it, upload a new"
        " version.",
    ),
    "document_of_other": (
        403,
        "他人上传的文件",
        "Somebody else's document",
        "文件 {document} 由他人上传，只能由上传人移出。",
        "Somebody else uploaded document {document}; only they may remove it.",
    ),
    "document_scan_pending": (
        409,
        "等待病毒扫描",
        "Waiting for the virus scan",
        "文件 {document} 尚未完成病毒扫描，暂不能下载。扫描服务恢复后自动完成，请稍后再试。",
        "Document {document} has not been scanned for viruses yet and cannot be downloaded. It is"
        " scanned as soon as the scanner answers; try again later.",
    ),
    "malformed_form": (
        400,
        "表单无法读取",
        "The form cannot be read",
        "表单无法读取。请以 multipart/form-data 提交，文件放在字段 file 中。",
        "The form cannot be read. Send multipart/form-data with the file in its field file.",
    ),
    "document_empty": (
        422,
        "文件为空",
        "The document is empty",
        "文件没有内容。请检查原文件后重新上传。",
        "The file has no content. Look at the original and upload it again.",
    ),
    "document_too_large": (
        413,
        "文件过大",
        "The document is too large",
        "文件超过 {limit} MiB。请压缩或拆分后上传。",
        "The document is larger than {limit} MiB. Compress or split it.",
    ),
    "document_name_unfit": (
        422,
        "文件名不可用",
        "The file's name cannot be used",
        '文件名不可用：须为1至{limit}字，不含路径、控制字符或 < > : " | ? * / \\，首尾不为空格'
        "或点，且不是系统保留名。请改名后重新上传。",
        "The file's name cannot be used: 1 to {limit} characters, no path, no unseen characters,"
        ' none of < > : " | ? * / \\, no space or dot at its ends, and no name that systems'
        " reserve. Rename it.",
    ),
    "document_type_refused": (
        415,
        "不接收此类文件",
        "Files of this kind are not taken in",
        "不接收此类文件。可上传的类型：{known}。",
        "Files of this kind are not taken in. These are: {known}.",
    ),
    "document_swollen": (
        422,
        "文件解压后过大",
        "The file unpacks to too much",
        "该文件解压后异常庞大，可能损坏他人的电脑，不予接收。请用原程序另存后重新上传。",
        "Unpacked, the file would be far larger than a document: it could harm the machines of"
        " those who open it. Save it anew with the program it comes from.",
    ),
    "document_type_differs": (
        422,
        "文件内容与类型不符",
        "The content is of another kind",
        "文件内容不是 {extension} 格式，或含有宏。请用原程序另存为正确格式后重新上传。",
        "The content is not of the kind {extension}, or holds macros. Save it in the right format"
        " and upload it again.",
    ),
    "document_size_differs": (
        422,
        "文件大小不符",
        "The size differs",
        "收到的内容多于开始上传时填写的 {size} 字节。请核对后重新上传。",
        "More came than the {size} bytes that were told at the beginning. Begin a new upload.",
    ),
    "document_hash_differs": (
        422,
        "文件校验值不符",
        "The SHA-256 differs",
        "收到的内容与填写的 SHA-256 不符，可能在传输中损坏，未保存。请重新上传。",
        "What came does not have the SHA-256 that was told; it may have been damaged on its way."
        " Nothing was kept. Upload it again.",
    ),
    "document_infected": (
        422,
        "文件含有病毒",
        "The document is infected",
        "病毒扫描发现文件带有病毒，未保存。请先清除病毒，再重新上传。",
        "The virus scanner found the file infected, and nothing of it was kept. Clean it before"
        " you upload it again.",
    ),
    "document_material_unknown": (
        422,
        "材料代码有误",
        "No such material",
        "目录中没有材料“{material}”，或须写明链条。可用的代码：{known}。",
        "The catalogue has no material {material}, or its chain must be named. There are: {known}.",
    ),
    "documents_unavailable": (
        503,
        "文件存储不可用",
        "The file storage is unavailable",
        "文件存储暂不可用，请稍后重试；已上传的部分不会丢失。",
        "The file storage does not answer. Try again; what was uploaded already is not lost.",
    ),
}
