"""What the API holds while it runs: the record, the engine, the catalogue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.accounts import AccountDesk
from groundwork.api.adoption_previews import Previews, UpgradePreviews
from groundwork.api.delivery import Delivery
from groundwork.api.document_desk import DocumentDesk
from groundwork.api.hub import Hub
from groundwork.api.identities import Identities
from groundwork.api.link import EngineLink
from groundwork.api.outlooks import Outlooks
from groundwork.api.provider_tokens import ProviderTokens
from groundwork.api.record_checks import Checks, Progress
from groundwork.api.rehearsals import Rehearsals
from groundwork.api.replays import Replays
from groundwork.api.shelf import Published, Shelf
from groundwork.api.sight import Sight
from groundwork.api.standing import Standing
from groundwork.api.throttle import Throttle
from groundwork.api.traffic import Traffic
from groundwork.api.visits import Visits
from groundwork.catalogue.calendars import calendar_age
from groundwork.domain.bag import MaterialBook
from groundwork.domain.calendar import Calendar
from groundwork.domain.credit import CreditSource
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import Chain
from groundwork.domain.rules import Rules
from groundwork.runtime.bureau import bureau
from groundwork.runtime.keyrings import vault_keys
from groundwork.runtime.provider import Provider
from groundwork.runtime.settings import Settings, SettingsError
from groundwork.runtime.telemetry import trace_store
from groundwork.store import vault
from groundwork.store.accounts import Accounts
from groundwork.store.api_reads import HotLists
from groundwork.store.audit import Audit
from groundwork.store.board_figures import BoardFigures
from groundwork.store.board_reads import BoardReads
from groundwork.store.calendars import Calendars
from groundwork.store.channels import Notices
from groundwork.store.credit import CreditRegister
from groundwork.store.definitions import Definitions
from groundwork.store.denials import Denials
from groundwork.store.deputies import Deputies
from groundwork.store.desks import Desks
from groundwork.store.duties import Duties
from groundwork.store.engine import create_engine
from groundwork.store.grants import Grants
from groundwork.store.handovers import Handovers
from groundwork.store.kpis import Kpis
from groundwork.store.last_seen import LastSeen
from groundwork.store.ledger import Finding
from groundwork.store.linked import LinkedIdentities
from groundwork.store.pending import Pending
from groundwork.store.people import People
from groundwork.store.project_list import ProjectList
from groundwork.store.projects import Projects
from groundwork.store.promises import PromiseReads
from groundwork.store.reach import ProjectKeys
from groundwork.store.reads import Reads
from groundwork.store.record_checks import RecordChecks
from groundwork.store.reminders import Reminders
from groundwork.store.rollouts import DefinitionRollouts, Rollouts
from groundwork.store.signed_heads import SignedHeads
from groundwork.store.tracking import Tracking
from groundwork.store.trips import Trips


@dataclass
class Resources:
    """Everything that routes work with, in one place. Use it as an asynchronous context."""

    settings: Settings
    database: AsyncEngine
    link: EngineLink
    shelf: Shelf = field(default_factory=Shelf)
    replays: Replays = field(default_factory=Replays)

    def __post_init__(self) -> None:
        self.sight = Sight(ProjectKeys(self.database))
        self.live = Hub(self.database.url, self.sight)
        self.reads = Reads(self.database)
        self.board = BoardReads(self.database)
        self.board_figures = BoardFigures(self.database)
        self.lists = HotLists(self.database.url)
        self.promises, self.reminders = PromiseReads(self.database), Reminders(self.database)
        self.kpis = Kpis(self.database)
        self.projects = Projects(self.database)
        self.people = People(self.database)
        self.denials = Denials(self.database)
        self.pending = Pending(self.database)
        self.delivery = Delivery(self.link, self.reads, self.pending, self.denials)
        self.notices = Notices(self.database)
        self.definitions = Definitions(self.database)
        self.calendars = Calendars(self.database)
        self.rollouts = Rollouts(self.database)
        self.previews = Previews(self.calendars, self.rollouts, self.definitions)
        self.upgrades = DefinitionRollouts(self.database)
        self.upgrade_previews = UpgradePreviews(self.calendars, self.upgrades, self.definitions)
        idle = timedelta(minutes=self.settings.session_idle_minutes)
        self.linked = LinkedIdentities(self.database)
        self.trips = Trips(self.database)
        self.provider = Provider(self.settings) if self.settings.oidc_issuer else None
        issuer = ProviderTokens(self.provider, self.linked) if self.provider else None
        self.identities = Identities(self.people, idle, issuer)
        self.accounts = AccountDesk(Accounts(self.database), self.settings)
        self.register = CreditRegister(self.database)
        self.bureau = bureau(self.settings)
        self.deputies = Deputies(self.database)
        self.desks = Desks(self.database)
        self.duties = Duties(self.database)
        self.grants = Grants(self.database)
        self.handovers = Handovers(self.database)
        self.standing = Standing(self.deputies)
        self.checks = Checks(RecordChecks(self.database), self.check_record)
        self.checking = asyncio.Lock()
        """Held while the whole record is checked: one check at a time is enough."""
        self.audit = Audit(self.database, self.shelf.pinned, self.settings.audit_trusted)
        self.signed_heads = SignedHeads(self.database)
        self.tracking = Tracking(self.database)
        self.project_list = ProjectList(self.database)
        self.outlooks = Outlooks(self.project_list, self.rules)
        self.visits = Visits(LastSeen(self.database))
        self.throttle = Throttle(
            self.settings.progress_per_minute, self.settings.progress_total_per_minute
        )
        self.traffic = Traffic(self.settings)
        self.document_desk = DocumentDesk(self.settings, self.database)
        self.materials = MaterialBook(one.definition for one in self.shelf)
        self.rehearsals = Rehearsals(self.settings)
        self._stored: set[tuple[str, str]] = set()

    async def __aenter__(self) -> Self:
        await self.live.__aenter__()
        await self.lists.open()
        self._rounds = self.delivery.rounds()
        await self._rounds.__aenter__()
        self._noting = self.visits.rounds()
        await self._noting.__aenter__()
        self._document_rounds = self.document_desk.rounds()
        await self._document_rounds.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._document_rounds.__aexit__(None, None, None)
        await self._noting.__aexit__(None, None, None)
        await self._rounds.__aexit__(None, None, None)
        await self.rehearsals.close()
        await self.checks.close()
        await self.previews.close()
        await self.upgrade_previews.close()
        await self.lists.close()
        await self.live.__aexit__(None, None, None)
        if self.bureau is not None:
            await self.bureau.aclose()
        if self.provider is not None:
            await self.provider.aclose()

    @property
    def credit(self) -> CreditSource:
        """Who answers for credit: the bureau if one is connected, else the register."""
        return self.bureau or self.register

    async def store_rules(self, published: Published, calendar: Calendar) -> None:
        """See to it that what a new chain is pinned to is kept for ever."""
        names = (published.hash, calendar.version)
        if names not in self._stored:
            await self.definitions.save(published.hash, published.definition)
            await self.definitions.save_calendar(calendar)
            self._stored.add(names)

    async def load_definitions(self) -> None:
        """Have every definition at hand that some chain may be pinned to."""
        self.shelf.add(await self.definitions.all())

    async def check_record(
        self, chain: str | None, progress: Progress | None = None
    ) -> list[Finding]:
        """What is wrong with a chain or, without one, the whole record; one check at a time."""
        progress = progress or Progress()
        async with self.checking:
            await self.load_definitions()
            # Each is read twice: once for its hashes, once to fold it again.
            progress.total = 2 * (await self.audit.chains() if chain is None else 1)
            found = await self.audit.verify(chain, seen=progress.step)
            return [*found, *await self.audit.refold(chain, seen=progress.step)]

    async def definition(self, content_hash: str) -> ChainDefinition:
        """The definition a chain is pinned to, from this release's catalogue or from the store."""
        if not self.shelf.holds(content_hash):
            await self.load_definitions()
        return self.shelf.pinned(content_hash)

    async def rules(self, chain: Chain) -> Rules:
        """The rules that a chain is decided by."""
        definition = await self.definition(chain.definition.hash)
        return Rules(definition, await self.calendar(chain.calendar_version))

    async def calendar(self, version: str | None = None) -> Calendar:
        """A version of the calendar; the one in force if none is named. Raises Problem.

        In force is the version published last, or the release's newest where none ever was.
        """
        if version is None:
            version = await self.calendars.in_force()
        if version is not None and not self.shelf.holds_calendar(version):
            known = await self.calendars.find(version)
            self.shelf.add_calendars({known.version: known} if known else {})
        return self.shelf.calendar(version)

    async def calendar_versions(self) -> list[str]:
        """The versions of the release and of the store, oldest first."""
        known = {*self.shelf.calendar_versions, *await self.calendars.histories()}
        return sorted(known, key=calendar_age)

    async def keep_calendar(self, version: str) -> None:
        """See to it that a version of this release is in the store as well. Raises Problem."""
        await self.definitions.save_calendar(await self.calendar(version))


def database_url(settings: Settings) -> str:
    """The database to use. Raises SettingsError when none is named."""
    if settings.database_url is None:
        raise SettingsError(
            "请设置 DATABASE_URL，或以 groundwork up 一并启动。 "
            "An API on its own needs DATABASE_URL; `groundwork up` sets it for its own."
        )
    return settings.database_url.get_secret_value()


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Everything for one process. Neither the database nor the engine has to answer yet."""
    vault.use(vault_keys(settings))
    database = create_engine(database_url(settings))
    trace_store(settings, database)
    try:
        async with Resources(settings, database, EngineLink(settings)) as resources:
            yield resources
    finally:
        await database.dispose()
