"""Personal keys for the six people."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.domain.approval import Proposal
from bot.domain.proof import Proof, StepUp, approval_body, public_line
from tests.support.world import World


def enrolled(world: World, *names: str) -> dict[str, Ed25519PrivateKey]:
    """A new key for each of these people, by whom the world knows them from now on."""
    keys = {name: Ed25519PrivateKey.generate() for name in names}
    directory = world.content.now.directory
    people = {
        name: person.model_copy(update={"keys": (public_line(keys[name].public_key()),)})
        if name in keys
        else person
        for name, person in directory.people.items()
    }
    world.reload(directory=directory.model_copy(update={"people": people}))
    return keys


def approval_proof(world: World, made: Proposal, key: Ed25519PrivateKey, *, person: str = "alice") -> Proof:
    """A person's signature over their yes to a proposal, as the command line makes it."""
    at = world.clock.wall()
    signature = base64.b64encode(key.sign(approval_body(made.id, made.hash, person, at))).decode()
    line = public_line(key.public_key())
    return Proof(by=StepUp.KEY, person=person, at=at, signature=signature, key=line)
