"""PostgreSQL beside the portal, in its namespace."""

from components.database.in_cluster.component import InClusterDatabase, InClusterDatabaseArgs

__all__ = ["InClusterDatabase", "InClusterDatabaseArgs"]
