"""A credit bureau that can be ill for as long as one likes."""

import asyncio

from fastapi import Request, Response

from tests.bureaus import FakeBureau, Trouble


class Bureau(FakeBureau):
    """Answers well, until it is given an illness."""

    def __init__(self) -> None:
        super().__init__()
        self.illness: Trouble | None = None

    async def _trouble(self, request: Request) -> Response | None:
        refused = await super()._trouble(request)
        return refused or (await self.illness() if self.illness else None)

    def fall_silent(self) -> None:
        """Keep whoever asks waiting until it is well again."""

        async def hold() -> None:
            while self.illness is hold:
                await asyncio.sleep(0.2)

        self.illness = hold

    def recover(self) -> None:
        """Be well again."""
        self.illness = None
