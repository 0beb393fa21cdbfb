"""Backstage itself."""

from components.backstage.args import Autoscale, BackstageArgs, ClusterRule, Identity, Network, Resources
from components.backstage.component import Backstage

__all__ = ["Autoscale", "Backstage", "BackstageArgs", "ClusterRule", "Identity", "Network", "Resources"]
