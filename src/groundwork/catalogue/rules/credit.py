"""Credit policies: periods that fit each other."""

from groundwork.catalogue.mistakes import Said
from groundwork.catalogue.source import Document
from groundwork.catalogue.written import WrittenCredit
from groundwork.domain.credit import Severity


def check_credit(document: Document, form: WrittenCredit) -> None:
    """Report a severity whose minimum is longer than its maximum, or that outlasts a graver one."""
    shorter = 0
    for severity in Severity:
        terms = getattr(form.terms, severity.value)
        minimum, maximum = terms.minimum.figure[0], terms.maximum.figure[0]
        if minimum > maximum:
            wrong = Said(
                f"最短期限 {minimum} 个月长于最长期限 {maximum} 个月。",
                f"The minimum of {minimum} months exceeds the maximum of {maximum}.",
            )
            remedy = Said("请对调或修改。", "Swap or correct them.")
            document.report((*terms.path_or(()), "minimum"), wrong, remedy)
        if maximum < shorter:
            wrong = Said(
                f"较重的失信最长 {maximum} 个月，却短于较轻的 {shorter} 个月。",
                f"Graver bad credit ends after {maximum} months, lighter only after {shorter}.",
            )
            remedy = Said("请核对各等级的 maximum。", "Check the maximum of each severity.")
            document.report((*terms.path_or(()), "maximum"), wrong, remedy)
        shorter = max(shorter, maximum)
