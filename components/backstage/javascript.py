"""Put values of the contract into the JavaScript modules of a pod, so that pod and modules cannot differ."""

from __future__ import annotations

from portal.contract import (
    DATABASE_AUTHORITY,
    DATABASE_HOST,
    DATABASE_NAME,
    DATABASE_PORT,
    DATABASE_REGION,
    DATABASE_TLS,
    DATABASE_USER,
    HEALTH_PATH,
    MASTER_SECRET,
    NOT_VERIFIED,
    PORT,
    PORTAL_FOLDER,
    SECRETS_ADDRESS,
    VERIFIED_PORT,
)

# What the migrations are, for the program that runs them.
MIGRATIONS_FILE = f"{PORTAL_FOLDER}/migrations.json"
# What a portal is asked.
QUESTIONS_FILE = f"{PORTAL_FOLDER}/questions.json"

# A function of a program in a Job: it ends the program, and leaves the cause where `kubectl describe` shows it.
_FAIL = """\
const fail = cause => {
  console.error(cause);
  // https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure
  try {
    writeFileSync('/dev/termination-log', cause.slice(0, 4000), { flag: 'r+' });
  } catch {
    // Not in a container.
  }
  process.exit(1);
};"""

_WORDS = {
    "FAIL": _FAIL,
    "DATABASE_HOST": DATABASE_HOST,
    "DATABASE_PORT": DATABASE_PORT,
    "DATABASE_USER": DATABASE_USER,
    "DATABASE_NAME": DATABASE_NAME,
    "DATABASE_TLS": DATABASE_TLS,
    "DATABASE_REGION": DATABASE_REGION,
    "MASTER_SECRET": MASTER_SECRET,
    "SECRETS_ADDRESS": SECRETS_ADDRESS,
    "DATABASE_AUTHORITY": DATABASE_AUTHORITY,
    "MIGRATIONS_FILE": MIGRATIONS_FILE,
    "QUESTIONS_FILE": QUESTIONS_FILE,
    "NOT_VERIFIED": NOT_VERIFIED,
    "VERIFIED_PORT": str(VERIFIED_PORT),
    "PORT": str(PORT),
    "READINESS": f"{HEALTH_PATH}/readiness",
}


def with_contract(text: str) -> str:
    """JavaScript with a value of the contract, or a shared function, in place of each ``@NAME@``."""
    for name, word in _WORDS.items():
        text = text.replace(f"@{name}@", word)
    return text
