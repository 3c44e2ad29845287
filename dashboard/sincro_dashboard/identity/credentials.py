"""Which credential a request carries. PURE: headers, cookies and the peer's address in, a credential out.

Decided here: the order (bearer, then trusted proxy, then cookie) and which proxies are trusted. Not here: whether a
token is good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from sincro_dashboard.identity.model import Identity, Shown

SESSION_COOKIE = "sincro_session"
_LONGEST_TOKEN = 16 * 1024


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token that still has to be reviewed."""

    value: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class ProxyTrust:
    """Which peers may say who the user is, and in which headers. No peer is trusted without being named."""

    networks: Sequence[IPv4Network | IPv6Network] = ()
    user_header: str = "x-forwarded-user"
    groups_header: str = "x-forwarded-groups"


def credential_of(
    headers: Mapping[str, str], cookies: Mapping[str, str], peer: str | None, trust: ProxyTrust
) -> Token | Identity | None:
    """What the request shows: a token to review, an identity that a trusted proxy vouches for, or nothing.

    `headers` is read case-insensitively (Starlette's Headers). A malformed Authorization header is a Token that no
    review accepts rather than nothing: whoever shows something bad must not fall through to something weaker.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, value = authorization.partition(" ")
        value = value.strip()
        good = scheme.lower() == "bearer" and 0 < len(value) <= _LONGEST_TOKEN and value.isascii()
        return Token(value if good else "", Shown.BEARER)
    if peer_is_trusted(peer, trust.networks):
        user = headers.get(trust.user_header, "").strip()
        if user:
            groups = [group.strip() for group in headers.get(trust.groups_header, "").split(",")]
            return Identity(user[:253], (*filter(None, groups), "system:authenticated"), shown=Shown.PROXY)
    cookie = cookies.get(SESSION_COOKIE)
    if cookie:
        return Token(cookie if len(cookie) <= _LONGEST_TOKEN and cookie.isascii() else "", Shown.COOKIE)
    return None


def peer_is_trusted(peer: str | None, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    """True when the connection itself comes from one of the networks; what headers say of it does not count."""
    if not peer or not networks:
        return False
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)
