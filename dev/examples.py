"""`python -m dev.examples [--check]`: write examples/20-profile.yaml, the ConfigMap of profiles/demo-erp.yaml."""

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "examples"
PROFILE = FOLDER / "profiles" / "demo-erp.yaml"
CONFIG_MAP = FOLDER / "20-profile.yaml"
_HEAD = """\
# profiles/demo-erp.yaml as the ConfigMap that 30-source.yaml names. After editing the profile:
#   kubectl create configmap demo-erp-profile --from-file=profile.yaml=examples/profiles/demo-erp.yaml \\
#     --dry-run=client -o yaml | kubectl apply -f -
apiVersion: v1
kind: ConfigMap
metadata:
  name: demo-erp-profile
data:
  profile.yaml: |
"""


def config_map(profile: str) -> str:
    """The ConfigMap as YAML, the profile line by line as it was written."""
    return _HEAD + "".join(f"    {line}\n" if line else "\n" for line in profile.splitlines())


if __name__ == "__main__":
    wanted = config_map(PROFILE.read_text())
    if "--check" in sys.argv[1:]:
        sys.exit(0 if CONFIG_MAP.read_text() == wanted else f"{CONFIG_MAP}: differs; run python -m dev.examples")
    CONFIG_MAP.write_text(wanted)
