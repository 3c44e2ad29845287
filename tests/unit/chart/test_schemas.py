"""The schemas that manifests are held to: closed, complete with what they refer to, and named as they are asked for."""

from typing import Any

import jsonschema
import pytest

from dev.chart.schemas import of_definition, of_kubernetes

POLICY = {
    "type": "object",
    "properties": {
        "kind": {"type": "string"},
        "spec": {"$ref": "#/definitions/Spec"},
        "size": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.api.resource.Quantity"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "x-kubernetes-group-version-kind": [{"group": "networking.k8s.io", "version": "v1", "kind": "Policy"}],
}
SPEC = {
    "type": "object",
    "properties": {"port": {"$ref": "#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString"}},
}
DOCUMENT = {"definitions": {"Policy": POLICY, "Spec": SPEC, "Other": {"type": "object"}}}


def test_a_kind_of_kubernetes_has_a_file_with_what_it_refers_to() -> None:
    ((name, schema),) = of_kubernetes(DOCUMENT)
    assert name == "policy-networking.k8s.io-v1.json"
    assert {part.rpartition(".")[2] for part in schema["definitions"]} == {"Policy", "Spec", "IntOrString", "Quantity"}


@pytest.mark.parametrize(
    ("manifest", "valid"),
    [
        ({"kind": "Policy", "spec": {"port": 80}}, True),
        ({"kind": "Policy", "spec": {"port": "http"}, "size": 1, "labels": {"any": "thing"}}, True),
        ({"kind": "Policy", "spec": {"prot": 80}}, False),
        ({"kind": "Policy", "specs": {}}, False),
        ({"kind": "Policy", "labels": {"a": 1}}, False),
    ],
)
def test_fields_that_nobody_described_are_refused(manifest: dict[str, Any], valid: bool) -> None:
    ((_, schema),) = of_kubernetes(DOCUMENT)
    assert jsonschema.Draft7Validator(schema).is_valid(manifest) is valid


@pytest.mark.parametrize(
    ("manifest", "valid"),
    [
        (
            {"apiVersion": "g/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"a": 1, "free": {"any": 1}}},
            True,
        ),
        ({"spec": {"a": None}}, True),
        ({"spec": {"b": 1}}, False),
        ({"status": {}}, False),
    ],
)
def test_a_custom_resource(manifest: dict[str, Any], valid: bool) -> None:
    free = {"type": "object", "properties": {}, "x-kubernetes-preserve-unknown-fields": True}
    spec = {"type": "object", "properties": {"a": {"type": "integer", "nullable": True}, "free": free}}
    version = {"name": "v1", "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}}
    definition = {"spec": {"group": "g", "names": {"kind": "Thing"}, "versions": [version]}}
    ((name, schema),) = of_definition(definition)
    assert name == "thing-g-v1.json"
    assert jsonschema.Draft7Validator(schema).is_valid(manifest) is valid
