"""`python -m tests.signon.idp`: an identity server that people and programs sign in to.

It is Canaille, a server that others run in earnest, with its own pages and its own checks (PKCE,
`prompt`, `max_age`, redirect addresses), as a process of its own. Its accounts and clients come as
JSON on the standard input; its address and keys stay the same over restarts. One thing is
replaced: to programs Canaille hands out random strings, where Groundwork asks for a signed token
(RFC 9068), so those come from Authlib's own generator, with the server's key.
"""

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any, TypedDict
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

AUDIENCE = "https://approvals.example"


class Plan(TypedDict):
    """What the server is to know."""

    port: int
    people: dict[str, str]
    """Passwords by user name."""
    clients: list[dict[str, Any]]
    keys: list[dict[str, str]]


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    """Serve until this process is ended."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it listens on this machine alone
    plan: Plan = json.load(sys.stdin)
    app = _application(plan)
    server: WSGIServer = make_server("127.0.0.1", plan["port"], app, handler_class=_Silent)
    server.serve_forever()


def _application(plan: Plan) -> Any:
    from canaille import create_app
    from canaille.oidc import provider

    for_people = provider.generate_access_token

    def generate(client: Any, grant_type: str, user: Any, scope: str) -> str:
        token: str = (
            for_people(client, grant_type, user, scope)
            if user
            else _signed_token(client, grant_type, scope)
        )
        return token

    provider.generate_access_token = generate
    app = create_app(
        config={
            "ENV_FILE": None,
            "SECRET_KEY": "of the tests alone",
            "PREFERRED_URL_SCHEME": "http",
            "SERVER_NAME": f"127.0.0.1:{plan['port']}",
            "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "HTMX": False},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": plan["keys"]},
        },
        env_file=None,
    )
    with app.app_context():
        _join_conditions()
        _populate(plan)
    return app


def _join_conditions() -> None:
    """Have the server's store in memory find what meets every condition, as its others do."""
    from canaille.backends import Backend
    from canaille.backends.memory.backend import listify

    store = type(Backend.instance)
    found_by_any = store.do_query

    def do_query(self: Any, model: Any, *args: Any, **conditions: Any) -> list[Any]:
        return [
            one
            for one in found_by_any(self, model, *args, **conditions)
            if all(
                set(listify(one._state.get(name, []))) & set(model.serialize(listify(wanted)))
                for name, wanted in conditions.items()
            )
        ]

    store.do_query = do_query


def _populate(plan: Plan) -> None:
    from canaille.app import models
    from canaille.backends import Backend

    for name, password in plan["people"].items():
        person = models.User(
            user_name=name,
            formatted_name=name,
            family_name=name,
            emails=[f"{name}@example.cn"],
            password=password,
        )
        Backend.instance.save(person)
    now = datetime.now(UTC)
    for one in plan["clients"]:
        # Of this machine: nobody is asked whether they consent.
        home = "http://127.0.0.1"
        client = models.Client(**one, client_uri=home, client_id_issued_at=now)
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)


def _signed_token(client: Any, grant_type: str, scope: str) -> str:
    from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
    from canaille.oidc.provider import _get_signing_key, get_issuer

    generator = JWTBearerTokenGenerator(issuer=get_issuer())
    generator.get_jwks = lambda: _get_signing_key(client)[0]
    generator.get_audiences = lambda *_: [AUDIENCE]
    token: str = generator.access_token_generator(client, grant_type, None, scope)
    return token


if __name__ == "__main__":
    main()
