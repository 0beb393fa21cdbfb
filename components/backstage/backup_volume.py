"""Backups on a volume of the cluster."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.backstage.backup_place import BuiltPlace
from components.claim import Storage, volume_claim
from components.gate_job import Mounted
from components.metadata import CommonMetadata
from portal.contract import BACKUP_FOLDER, BACKUPS_VOLUME

# A file that is being written has another name: what a program that was killed left behind is no backup.
VOLUME = rf"""import {{ closeSync, createReadStream, createWriteStream, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync }} from 'node:fs';
import {{ join }} from 'node:path';
import {{ Readable }} from 'node:stream';
import {{ pipeline }} from 'node:stream/promises';

const folder = process.env.BACKUP_FOLDER ?? '{BACKUP_FOLDER}';
const missing = {{ throwIfNoEntry: false }};

export const list = async () =>
  readdirSync(folder)
    .map(file => ({{ file, age: Date.now() - (statSync(join(folder, file), missing)?.mtimeMs ?? NaN) }}))
    // Another pod may have deleted one meanwhile.
    .filter(({{ age }}) => !Number.isNaN(age));

export const write = async (file, pieces) => {{
  const partial = join(folder, `${{file}}.partial`);
  try {{
    await pipeline(Readable.from(pieces), createWriteStream(partial, {{ mode: 0o600 }}));
    const opened = openSync(partial, 'r');
    fsyncSync(opened);
    closeSync(opened);
    renameSync(partial, join(folder, file));
  }} catch (error) {{
    try {{
      rmSync(partial, {{ force: true }});
    }} catch {{
      // What went wrong before says more.
    }}
    throw error;
  }}
  return statSync(join(folder, file)).size;
}};

export const read = async file => createReadStream(join(folder, file));

export const remove = async file => rmSync(join(folder, file), {{ force: true }});
"""  # noqa: E501 - the names of one module


@dataclass(frozen=True, kw_only=True)
class BackupVolume:
    """Stateful: a claim that is kept. It goes with its cluster."""

    storage: Storage

    def build(
        self, name: str, namespace: pulumi.Input[str], metadata: CommonMetadata, parent: pulumi.Resource
    ) -> BuiltPlace:
        """Make the claim."""
        claim = volume_claim(f"{name}-data", "backups", namespace, metadata, self.storage, parent)
        mounted = Mounted(
            volumes=[{"name": BACKUPS_VOLUME, "persistent_volume_claim": {"claim_name": claim.metadata.name}}],
            mounts=[{"name": BACKUPS_VOLUME, "mount_path": BACKUP_FOLDER}],
        )
        return BuiltPlace(script=VOLUME, mounted=mounted)
