"""The networks that Cellswap knows, by name."""

from __future__ import annotations

from cellswap.errors import UnknownName
from cellswap.extract.networks.deeploc import DEEPLOC, DEEPLOC_NARROW
from cellswap.extract.networks.facts import Network
from cellswap.extract.networks.pci import PCI, PCI_NARROW
from cellswap.extract.networks.pifia import PIFIA, PIFIA_NARROW

NETWORKS: dict[str, Network] = {network.facts.name: network for network in (PIFIA, PCI, DEEPLOC, PIFIA_NARROW, PCI_NARROW, DEEPLOC_NARROW)}


def network(name: str) -> Network:
    """The network of that name, or UnknownName."""
    if name not in NETWORKS:
        raise UnknownName("network", name, NETWORKS)
    return NETWORKS[name]
