"""Backstage itself."""

from components.backstage.args import Autoscale, BackstageArgs, ClusterRule
from components.backstage.component import Backstage

__all__ = ["Autoscale", "Backstage", "BackstageArgs", "ClusterRule"]
