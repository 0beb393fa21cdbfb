"""Backstage itself."""

from components.backstage.args import AccessRule, Autoscale, BackstageArgs, Identity, Network, Resources
from components.backstage.component import Backstage

__all__ = ["AccessRule", "Autoscale", "Backstage", "BackstageArgs", "Identity", "Network", "Resources"]
