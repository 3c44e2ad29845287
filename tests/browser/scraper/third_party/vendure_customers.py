"""What the shop of vendure_customers.cjs is filled with, through its own interface."""

from typing import Any

import httpx

ROWS = 103
USER, PASSWORD = "contabile", "Partita-doppia#1494"
PACKAGES = ("@vendure/core@3.7.3", "@vendure/admin-ui-plugin@3.7.3", "sql.js@1.16.0")
_NAMES = ["D'Angelo", "Però", "Rossi", "Rossi", "Caffè «Ölmühle»"]
_LOGIN = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }"
_CREATE = "mutation($i: CreateCustomerInput!) { createCustomer(input: $i) { __typename } }"


def values(i: int) -> dict[str, object]:
    """One customer; a pure function of its number."""
    return {
        "title": [None, "Sig.", "Dott.ssa"][i % 3],
        "firstName": f"Niccolò {i % 9}",
        "lastName": _NAMES[i % 5],
        "emailAddress": f"cliente{i:04}@example.it",
    }


def fill(url: str) -> None:
    """Create all customers."""
    with httpx.Client(base_url=url, timeout=60) as client:

        def ask(query: str, variables: dict[str, Any]) -> httpx.Response:
            answer = client.post("/admin-api", json={"query": query, "variables": variables})
            assert "errors" not in answer.json(), answer.text
            return answer

        token = ask(_LOGIN, {"u": USER, "p": PASSWORD}).headers["vendure-auth-token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for i in range(1, ROWS + 1):
            ask(_CREATE, {"i": values(i)})
