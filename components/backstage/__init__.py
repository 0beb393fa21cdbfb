"""Backstage itself."""

from components.backstage.args import BackstageArgs, ClusterRule
from components.backstage.component import Backstage

__all__ = ["Backstage", "BackstageArgs", "ClusterRule"]
