"""Images of private registries, put there by tests: moto's own DescribeImages answers for them, and like AWS's it fails as
a whole where one of those asked for is not there.
"""

from __future__ import annotations

import hashlib
import json

from moto.ecr.models import ECRBackend, ecr_backends

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


def put(account: str, region: str, repository: str, tag: str) -> str:
    """An image; what it is pushed to is made where it is not there. Answers its digest."""
    backend: ECRBackend = ecr_backends[account][region]
    if repository not in backend.repositories:
        backend.create_repository(repository, None, {}, {}, "MUTABLE", [])
    layer = f"sha256:{hashlib.sha256(f'{repository}:{tag}'.encode()).hexdigest()}"
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [{"digest": layer, "size": 1}]}
    image = backend.put_image(repository, json.dumps(manifest), tag)
    return str(image.get_image_digest())
