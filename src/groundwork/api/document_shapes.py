"""What answers about documents look like."""

from datetime import datetime
from typing import Literal

from groundwork.api.shapes import Shape
from groundwork.domain.bag import FilingKind, Presence
from groundwork.domain.definition import Mode
from groundwork.domain.documents import Scan
from groundwork.domain.figures import LimitUnit


class VersionShape(Shape):
    """One version of a document. `kept` is false once its content was dropped as infected."""

    number: int
    file_name: str
    media_type: str
    size: int
    sha256: str
    scan: Scan
    scan_name: str
    kept: bool
    uploaded_at: datetime
    uploaded_by: str


class UseShape(Shape):
    """Where a document was used, and in which version."""

    chain: str
    step: str
    step_name: str
    material: str
    version: int
    at: datetime


class DocumentShape(Shape):
    """A document of a project's bag, its versions oldest first.

    `filed_as` is a material (`land-to-construction/design-scheme`) or the step whose output it is
    (`land-to-construction/L20`), null for an attachment; `part` the unit or phase that alone it is
    about. `scan` is that of the newest version.
    """

    id: str
    project: str
    kind: FilingKind
    kind_name: str
    filed_as: str | None
    part: str | None
    title: str
    scan: Scan
    created_at: datetime
    created_by: str
    versions: list[VersionShape]
    uses: list[UseShape]


class TakenShape(Shape):
    """A document that was taken in; `already` says that the bag had this content before."""

    document: str
    version: int
    already: bool


class UploadShape(Shape):
    """An upload: send parts of at most `largest_part` bytes, the next one from `received` on.

    Once it is `finished` it names the document that it became.
    """

    id: str
    state: Literal["open", "finished"]
    received: int
    size: int
    largest_part: int
    document: str | None
    version: int | None
    already: bool


class CureShape(Shape):
    """Within what limit a material may follow."""

    amount: int
    unit: LimitUnit


class NeedShape(Shape):
    """A material that a step asks for, and what the bag has for it.

    `tolerable` (容缺) and `committable` (告知承诺) say whether the step's definition lets it follow
    later, within `cure`.
    """

    material: str
    name: str
    presence: Presence
    presence_name: str
    documents: list[str]
    handed_in: bool
    tolerable: bool
    committable: bool
    cure: CureShape | None


class StepBagShape(Shape):
    """What the bag has for a step.

    `ready` can be handed in now: it is what a command's `materials` may be filled with. Of
    `missing`, those in `may_follow` may be lacking in the step's `mode`.
    """

    step: str
    name: str
    mode: Mode | None
    needs: list[NeedShape]
    ready: list[str]
    missing: list[str]
    may_follow: list[str]


class ChainBagShape(Shape):
    """What the bag has for a chain; `chain` is null for one that is not launched yet."""

    chain: str | None
    definition: str
    name: str
    steps: list[StepBagShape]


class BagShape(Shape):
    """What a project's bag has and what is missing, chain by chain."""

    project: str
    chains: list[ChainBagShape]
