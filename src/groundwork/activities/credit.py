"""The credit activities: what a chain asks about credit, and what it reports."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from groundwork.domain.credit import (
    FILE_CREDIT,
    LOOK_UP_CREDIT,
    CreditAnswer,
    CreditQuestion,
    CreditReport,
    CreditSource,
)
from groundwork.runtime.bureau import BureauError
from groundwork.store.errors import StoreError


class CreditActivities:
    """Asks a credit source, and reports to it.

    Every failure is retried, as long as the workflow allows: the source may come back, and what is
    wrong with it stays on show in the engine's own pages, with its remedy.
    """

    def __init__(self, source: CreditSource) -> None:
        self._source = source

    @activity.defn(name=LOOK_UP_CREDIT)
    async def look_up(self, question: CreditQuestion) -> CreditAnswer:
        """The records of the subjects, as the source has them now."""
        try:
            return await self._source.look_up(question)
        except (BureauError, StoreError) as error:
            raise _failed(error) from None

    @activity.defn(name=FILE_CREDIT)
    async def file(self, report: CreditReport) -> None:
        """Hand a report to the source, which takes it once per id."""
        try:
            await self._source.file(report)
        except (BureauError, StoreError) as error:
            raise _failed(error) from None


def _failed(error: BureauError | StoreError) -> ApplicationError:
    if isinstance(error, StoreError):
        return ApplicationError(
            "信用登记库暂时无法读写，系统将自动重试；持续不成的，请检查数据库。 "
            f"The credit register cannot be read or written ({error}). It will be tried again; if"
            " that lasts, check the database.",
            type=type(error).__name__,
        )
    return ApplicationError(str(error), type=type(error).__name__)
