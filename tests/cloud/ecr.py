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


def digest(image: str) -> str:
    """What `image` stands for now; of a registry that is not here, something of its own."""
    host, _, path = image.partition("/")
    path, _, named = path.partition("@")
    if named:
        return named
    repository, _, tag = path.partition(":")
    match host.split("."):
        case [account, "dkr", "ecr", region, *_] if repository in ecr_backends[account][region].repositories:
            for one in ecr_backends[account][region].repositories[repository].images:
                if (tag or "latest") in one.image_tags:
                    return str(one.get_image_digest())
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"
