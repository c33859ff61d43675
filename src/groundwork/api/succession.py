"""The chain that another one of the same project follows."""

from groundwork.api.errors import Problem
from groundwork.api.visit import Visit
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import Chain, ChainState


async def predecessor_of(
    visit: Visit, definition: ChainDefinition, project: str, named: str | None = None
) -> Chain | None:
    """The completed chain of the project that this one follows, if there is one.

    One that is `named` must be there and completed. Raises Problem (wrong_predecessor,
    chain_not_found, predecessor_unfinished).
    """
    expected = f"{definition.follows}.{project}" if definition.follows else None
    if named is not None and named != expected:
        raise Problem("wrong_predecessor", chain=named, definition=definition.id)
    if expected is None:
        return None
    row = await visit.resources.reads.chain(expected)
    if row is None:
        if named is not None:
            raise Problem("chain_not_found", chain=named)
        return None
    chain: Chain = row["snapshot"]
    if chain.state is ChainState.COMPLETED:
        return chain
    if named is not None:
        raise Problem("predecessor_unfinished", chain=named, state=chain.state.value)
    return None
