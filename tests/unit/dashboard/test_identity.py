"""Who somebody is and what they may do: credentials, CSRF, reviews, sessions, and what they answer."""

from ipaddress import ip_network
from typing import Any

import pytest
from starlette.datastructures import Headers

from sincro_dashboard.identity.authenticator import Authenticator, TokenRejected
from sincro_dashboard.identity.authorizer import Authorizer
from sincro_dashboard.identity.credentials import ProxyTrust, Token, credential_of
from sincro_dashboard.identity.csrf import csrf_objection, csrf_token
from sincro_dashboard.identity.model import Action, Identity, Shown
from tests.unit.dashboard.fake_cluster import ALICE, FakeCluster, away
from tests.unit.dashboard.objects import schedule, source, task
from tests.unit.dashboard.served import Clock, client_for, fill, services_for

TRUST = ProxyTrust((ip_network("10.1.0.0/16"), ip_network("::1/128")))
BEHIND = {"x-forwarded-user": "alice", "x-forwarded-groups": "ops, sync"}


@pytest.mark.parametrize(
    ("headers", "cookies", "peer", "expected"),
    [
        ({}, {}, "10.1.2.3", None),
        ({"authorization": "Bearer abc"}, {}, None, Token("abc", Shown.BEARER)),
        ({"authorization": "bearer  abc "}, {}, None, Token("abc", Shown.BEARER)),
        ({"authorization": "Basic abc"}, {"sincro_session": "good"}, None, Token("", Shown.BEARER)),
        ({"authorization": "Bearer "}, {"sincro_session": "good"}, None, Token("", Shown.BEARER)),
        ({"authorization": "Bearer caffè"}, {}, None, Token("", Shown.BEARER)),
        ({"authorization": "Bearer " + "a" * 20_000}, {}, None, Token("", Shown.BEARER)),
        ({}, {"sincro_session": "abc"}, None, Token("abc", Shown.COOKIE)),
        (BEHIND, {}, "10.2.0.1", None),
        (BEHIND, {}, "not an address", None),
        (BEHIND, {}, None, None),
        (BEHIND, {}, "10.1.2.3", Identity("alice", ("ops", "sync", "system:authenticated"), shown=Shown.PROXY)),
        (BEHIND, {}, "::ffff:10.1.2.3", Identity("alice", ("ops", "sync", "system:authenticated"), shown=Shown.PROXY)),
        (BEHIND | {"authorization": "Bearer abc"}, {}, "10.1.2.3", Token("abc", Shown.BEARER)),
        ({"x-forwarded-user": " "}, {}, "10.1.2.3", None),
    ],
)
def test_what_a_request_shows(
    headers: dict[str, str], cookies: dict[str, str], peer: str | None, expected: Any
) -> None:
    raw = Headers(raw=[(name.encode(), value.encode()) for name, value in headers.items()])
    assert credential_of(raw, cookies, peer, TRUST) == expected


def test_without_trusted_proxies_no_header_makes_a_user() -> None:
    assert credential_of(Headers(BEHIND), {}, "127.0.0.1", ProxyTrust()) is None


GOOD = csrf_token("session")


@pytest.mark.parametrize(
    ("method", "headers", "objects"),
    [
        ("GET", {}, False),
        ("HEAD", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {"x-csrf-token": GOOD}, False),
        ("POST", {"x-csrf-token": GOOD, "sec-fetch-site": "same-origin"}, False),
        ("POST", {"x-csrf-token": GOOD, "origin": "https://sincro.test", "host": "sincro.test"}, False),
        ("POST", {}, True),
        ("POST", {"x-csrf-token": "wrong"}, True),
        ("DELETE", {"x-csrf-token": csrf_token("other")}, True),
        ("POST", {"x-csrf-token": GOOD, "sec-fetch-site": "cross-site"}, True),
        ("POST", {"x-csrf-token": GOOD, "sec-fetch-site": "same-site"}, True),
        ("POST", {"x-csrf-token": GOOD, "origin": "https://evil.test", "host": "sincro.test"}, True),
        ("POST", {"x-csrf-token": GOOD, "origin": "null", "host": "sincro.test"}, True),
    ],
)
def test_changes_by_a_browsers_own_credentials_need_proof_of_origin(
    method: str, headers: dict[str, str], objects: bool
) -> None:
    assert (csrf_objection(method, headers, GOOD) is not None) == objects


async def test_a_token_is_reviewed_once_and_a_bad_one_soon_again() -> None:
    cluster, clock = FakeCluster(), Clock()
    asked: list[str] = []
    review = cluster.review_token

    async def counted(token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        asked.append(token)
        return await review(token, audiences)

    cluster.review_token = counted  # type: ignore[method-assign]
    authenticator = Authenticator(cluster, (), 60, clock.monotonic)
    for _ in range(3):
        assert (await authenticator.identify(Token(ALICE, Shown.BEARER))).user == "alice"
        with pytest.raises(TokenRejected):
            await authenticator.identify(Token("forged", Shown.BEARER))
    assert asked == [ALICE, "forged"]
    clock.seconds += 6
    with pytest.raises(TokenRejected):
        await authenticator.identify(Token("forged", Shown.BEARER))
    assert asked == [ALICE, "forged", "forged"]
    clock.seconds += 60
    await authenticator.identify(Token(ALICE, Shown.BEARER))
    assert asked[-1] == ALICE


@pytest.mark.parametrize(
    ("wanted", "status", "accepted"),
    [
        ((), {"authenticated": True, "user": {"username": "a"}}, True),
        ((), {"authenticated": False, "user": {"username": "a"}}, False),
        ((), {"authenticated": True, "user": {}}, False),
        ((), {}, False),
        (("sincro",), {"authenticated": True, "user": {"username": "a"}, "audiences": ["sincro"]}, True),
        (("sincro",), {"authenticated": True, "user": {"username": "a"}, "audiences": ["api"]}, False),
        (("sincro",), {"authenticated": True, "user": {"username": "a"}}, False),
    ],
)
async def test_a_token_for_another_audience_is_none(
    wanted: tuple[str, ...], status: dict[str, Any], accepted: bool
) -> None:
    cluster = FakeCluster()

    async def answer(token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        assert audiences == wanted
        return status

    cluster.review_token = answer  # type: ignore[method-assign]
    authenticator = Authenticator(cluster, wanted, 0, Clock().monotonic)
    if accepted:
        assert (await authenticator.identify(Token("t", Shown.BEARER))).user == "a"
    else:
        with pytest.raises(TokenRejected):
            await authenticator.identify(Token("t", Shown.BEARER))


async def test_a_review_of_access_says_everything_about_the_caller_and_the_wish() -> None:
    cluster = FakeCluster()
    who = Identity("alice", ("ops",), "u1", (("scope", ("a", "b")),))
    authorizer = Authorizer(cluster, 60, Clock().monotonic)
    assert await authorizer.allowed(who, Action.FORCE, "erp")
    assert await authorizer.allowed(who, Action.FORCE, "erp")
    assert cluster.reviews == [
        {
            "user": "alice",
            "groups": ["ops"],
            "uid": "u1",
            "extra": {"scope": ["a", "b"]},
            "resourceAttributes": {
                "verb": "create",
                "resource": "synctasks",
                "group": "sincro.dev",
                "subresource": "force",
                "namespace": "erp",
            },
        }
    ]
    await authorizer.allowed(who, Action.READ_LOG, None)
    assert cluster.reviews[-1]["resourceAttributes"] == {"verb": "get", "resource": "pods", "subresource": "log"}


async def served(cluster: FakeCluster, **settings: Any) -> Any:
    for obj in (source(), schedule(), task("waiting"), source(namespace="other"), task("theirs", namespace="other")):
        cluster.put(obj)
    services = services_for(cluster, **settings)
    await fill(services)
    return services


async def test_without_credentials_there_is_nothing_but_the_way_to_sign_in() -> None:
    services = await served(FakeCluster())
    async with client_for(services, None) as client:
        for path in ("/api/status", "/api/queue", "/api/tasks/waiting", "/api/session", "/api/history", "/api/sources"):
            answer = await client.get(path)
            assert answer.status_code == 401, path
            assert answer.json()["type"] == "urn:sincro:problem:unauthenticated"
        for path in ("/health", "/livez", "/readyz", "/metrics"):
            assert (await client.get(path)).status_code == 200, path
    async with client_for(services, "forged") as client:
        answer = await client.get("/api/status")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_somebody_without_rights_is_told_which_one_is_missing() -> None:
    async with client_for(await served(FakeCluster()), "nobody-token") as client:
        answer = await client.get("/api/queue")
        assert answer.status_code == 403
        assert answer.json()["right"] == "list synctasks"
        assert '"nobody" may not list synctasks' in answer.json()["detail"]
    async with client_for(await served(FakeCluster()), "viewer-token") as client:
        assert (await client.get("/api/queue")).status_code == 200
        for path in (
            "/api/sources/acme/pause",
            "/api/tasks/waiting/cancel",
            "/api/schedules/acme-customers/pause",
            "/api/pause",
        ):
            assert (await client.post(path)).status_code == 403, path


async def test_other_namespaces_are_as_if_they_were_not_there() -> None:
    cluster = FakeCluster()
    cluster.only_in["viewer"] = "erp"
    async with client_for(await served(cluster), "viewer-token") as client:
        assert [each["namespace"] for each in (await client.get("/api/sources")).json()] == ["erp"]
        assert (await client.get("/api/tasks/theirs")).status_code == 404
        assert (await client.get("/api/tasks/theirs?namespace=other")).status_code == 403
        assert (await client.get("/api/session")).json()["namespaces"] == ["erp"]
    async with client_for(await served(FakeCluster())) as client:
        assert (await client.get("/api/tasks/theirs")).status_code == 200


async def test_signing_in_keeps_the_token_from_scripts_and_asks_for_proof_of_origin() -> None:
    services = await served(FakeCluster(), secure_cookies=True)
    async with client_for(services, None) as client:
        assert (await client.post("/api/session", json={"token": "forged"})).status_code == 401
        signed_in = await client.post("/api/session", json={"token": ALICE})
        assert signed_in.status_code == 200
        cookie = signed_in.headers["set-cookie"]
        for part in ("sincro_session=", "HttpOnly", "SameSite=strict", "Secure", "Path=/"):
            assert part in cookie
        assert ALICE not in signed_in.text
        client.cookies.set("sincro_session", ALICE)
        assert (await client.get("/api/queue")).status_code == 200
        denied = await client.post("/api/customers/sync")
        assert denied.status_code == 403
        assert denied.json()["type"] == "urn:sincro:problem:cross-site"
        token = signed_in.json()["csrfToken"]
        evil = {"X-CSRF-Token": token, "Origin": "https://evil.test"}
        assert (await client.post("/api/customers/sync?namespace=erp", headers=evil)).status_code == 403
        assert (
            await client.post("/api/customers/sync?namespace=erp", headers={"X-CSRF-Token": token})
        ).status_code == 202
        signed_out = await client.delete("/api/session")
        assert signed_out.status_code == 204
        assert 'sincro_session="";' in signed_out.headers["set-cookie"]


async def test_a_trusted_proxy_vouches_and_anybody_else_does_not() -> None:
    services = await served(FakeCluster(), trusted_proxies=["10.0.0.0/8"])
    headers = {"X-Forwarded-User": "alice"}
    async with client_for(services, None, peer="10.3.4.5") as client:
        answer = await client.get("/api/session", headers=headers)
        assert (answer.json()["user"], answer.json()["signedInBy"]) == ("alice", "proxy")
        csrf = {"X-CSRF-Token": answer.json()["csrfToken"]}
        assert (await client.post("/api/sources/acme/pause?namespace=erp", headers=headers)).status_code == 403
        assert (await client.post("/api/sources/acme/pause?namespace=erp", headers=headers | csrf)).status_code == 200
    async with client_for(services, None, peer="192.168.0.9") as client:
        assert (await client.get("/api/session", headers=headers)).status_code == 401


async def test_a_cluster_that_cannot_be_asked_lets_nobody_in() -> None:
    cluster = FakeCluster()
    services = await served(cluster)
    cluster.failure = away()
    async with client_for(services) as client:
        answer = await client.get("/api/queue")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"


async def test_cors_is_closed_unless_an_origin_is_named() -> None:
    preflight = {"Origin": "https://intranet.test", "Access-Control-Request-Method": "POST"}
    async with client_for(await served(FakeCluster())) as client:
        assert (
            "access-control-allow-origin"
            not in (await client.options("/api/customers/sync", headers=preflight)).headers
        )
        answer = await client.get("/api/queue", headers={"Origin": "https://intranet.test"})
        assert "access-control-allow-origin" not in answer.headers
    async with client_for(await served(FakeCluster(), allowed_origins=["https://intranet.test"])) as client:
        answer = await client.options("/api/customers/sync", headers=preflight)
        assert answer.headers["access-control-allow-origin"] == "https://intranet.test"
        assert "access-control-allow-credentials" not in answer.headers


async def test_a_token_that_no_browser_would_keep_is_refused_at_the_door() -> None:
    """Else signing in would succeed, and the next request would say that nobody is signed in."""
    cluster = FakeCluster()
    long = "x" * 4090
    cluster.users[long] = "alice"
    async with client_for(await served(cluster), None) as client:
        answer = await client.post("/api/session", json={"token": long})
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:sincro:problem:invalid")
        assert "set-cookie" not in answer.headers
    async with client_for(await served(cluster), long) as client:
        assert (await client.get("/api/queue")).status_code == 200
