"""What the pod and app-config agree on: ports, folders, environment variables, labels, names of secrets and objects.

App-config, the pod, preflight and probes all use these values. ``tests/test_contract.py`` compares them with
``app/Containerfile``.
"""

from __future__ import annotations

# Backstage's own port, in the pod.
PORT = 7007
# The portal's Service, in its namespace.
SERVICE = "backstage"
SERVICE_PORT = 80
# A local cluster publishes the Service on this port of its node.
NODE_PORT = 30707

# Addresses of pods in the clusters that `portal up` makes: kind's default, which has that of our own node within it
# (https://kind.sigs.k8s.io/docs/user/configuration/#pod-subnet).
OWN_POD_NETWORK = "10.244.0.0/16"

# The folder of the app in the image, and the user that it runs as.
APP_FOLDER = "/app"
USER = 10001

# A pod that starts says on this port whether it has found itself to work.
VERIFIED_PORT = 7008
VERIFIED_PATH = "/verified"
# What it logs in front of the reason why it has not.
NOT_VERIFIED = "this pod gets no requests yet: "

# What the pod mounts.
PORTAL_FOLDER = "/etc/portal"
CONFIG_FILE = f"{PORTAL_FOLDER}/app-config.yaml"
SECRETS_FOLDER = f"{PORTAL_FOLDER}/secrets"
DATABASE_FOLDER = f"{PORTAL_FOLDER}/database"
# The password, if an existing Secret in the namespace has it.
DATABASE_PASSWORD_FILE = f"{DATABASE_FOLDER}/password"
# The authority of the database's certificate, if it is no public one.
DATABASE_AUTHORITY_FILE = f"{PORTAL_FOLDER}/database-authority.pem"
# Where clients look for the credentials of the pod's own account
# (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod).
TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path

# Environment variables for what only a deployment knows. App-config refers to them as ${NAME}.
DATABASE_HOST = "PORTAL_DB_HOST"
DATABASE_PORT = "PORTAL_DB_PORT"
DATABASE_USER = "PORTAL_DB_USER"
DATABASE_NAME = "PORTAL_DB_NAME"
DATABASE_ENVIRONMENT = (DATABASE_HOST, DATABASE_PORT, DATABASE_USER, DATABASE_NAME)
# The same for programs in pods alone; app-config does not use them.
DATABASE_PASSWORD_PATH = "PORTAL_DB_PASSWORD_FILE"  # noqa: S105 - the name of a variable
DATABASE_TLS = "PORTAL_DB_TLS"
DATABASE_AUTHORITY = "PORTAL_DB_AUTHORITY"
# The region that a token is signed for, where the database takes tokens instead of a password.
DATABASE_REGION = "PORTAL_DB_REGION"
# For the Job that makes the portal's role: the ARN of the secret of the master user, and where it is asked for.
MASTER_SECRET = "PORTAL_MASTER_SECRET"  # noqa: S105 - the name of a variable
SECRETS_ADDRESS = "PORTAL_SECRETS_ADDRESS"

# Secrets of every portal. The hash key is for object names, which show that a value changed, and not what it is.
DATABASE_PASSWORD = "DATABASE_PASSWORD"  # noqa: S105 - a name
SESSION_SECRET = "SESSION_SECRET"  # noqa: S105 - a name
HASH_KEY = "HASH_KEY"

# Labels that say which stack an object belongs to, and what it is
# (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels).
NAME_LABEL = "app.kubernetes.io/name"
INSTANCE_LABEL = "app.kubernetes.io/instance"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
COMPONENT_LABEL = "app.kubernetes.io/component"
# The value of the first and the third label on every object of a portal.
PORTAL = "portal"
BACKSTAGE_COMPONENT = "backstage"
DATABASE_COMPONENT = "database"
MIGRATION_COMPONENT = "migration"
VERIFICATION_COMPONENT = "verification"
BACKUP_COMPONENT = "backup"
DRILL_COMPONENT = "drill"
# What a deployment was verified with: the ConfigMap that it writes last, and its keys.
RECORD = "verified"
RECORD_RELEASE = "release"
RECORD_PROGRAM = "program"
RECORD_IMAGE = "image"
RECORD_CONFIGURATION = "configuration"

# The Job that makes the portal's role in a database that it may administer, and the service account of its pods.
ROLE_COMPONENT = "database-role"
ROLE_ACCOUNT = "database-role"

# The service account of the pods that migrate the database, where they have rights of their own.
MIGRATION_ACCOUNT = "migration"

# Backups: where the pods that store them have the volume, what they work on, and their settings.
BACKUP = "backup"
BACKUP_FOLDER = "/backups"
BACKUP_WORK = "/scratch"
BACKUP_SETTINGS_FILE = f"{PORTAL_FOLDER}/backup.json"
BACKUP_FORMAT = 1
BACKUP_RESTORE_FILE = f"{PORTAL_FOLDER}/restore.sh"
BACKUP_DRILL_FILE = f"{PORTAL_FOLDER}/drill.sh"
BACKUP_READ_FILE = f"{PORTAL_FOLDER}/read.mjs"
# The secret that opens a bucket.
BACKUP_SECRET_KEY = "BACKUP_SECRET_ACCESS_KEY"  # noqa: S105 - a name
# The containers that dump and that store, and the volumes of their pod that a pod of a command has too.
BACKUP_DUMP = "dump"
BACKUP_STORE = "store"
BACKUP_FILES_VOLUME = "files"
BACKUP_WORK_VOLUME = "work"
BACKUP_TMP_VOLUME = "tmp"
BACKUPS_VOLUME = "backups"
# Why a backup was made: a variable of the container that stores it, and its values.
BACKUP_REASON = "BACKUP_REASON"
BACKUP_OF_SCHEDULE = "schedule"
BACKUP_BEFORE_RELEASE = "release"
BACKUP_BY_HAND = "hand"
# The name of a backup, as a regular expression: names sort by time, and say why it was made.
BACKUP_NAME = r"\d{8}T\d{6}Z(-before|-hand)?"
# The role and the database of a portal in a server of its own.
OWN_ROLE = "portal"
OWN_DATABASE = "portal"
# A restore puts the schemas that were there before aside under names that begin with this.
ASIDE = "before-restore-"

# A namespace of a stack that ends: which stack it was made like, and when it ends.
LIKE_LABEL = "portal/like"
EXPIRES_ANNOTATION = "portal/expires"

# What pods on AWS know besides: their region, and the bucket for files of plugins.
AWS_REGION = "AWS_REGION"
AWS_BUCKET = "PORTAL_BUCKET"
# The ARN of the load balancer, for pods behind one that signs people in; and the secret of its client at the provider.
LOAD_BALANCER_ARN = "PORTAL_ALB_ARN"
LOAD_BALANCER_SECRET = "LOAD_BALANCER_CLIENT_SECRET"  # noqa: S105 - a name

# How long a terminating pod still answers, until no endpoint sends requests to it anymore.
DRAIN_SECONDS = 10
# The same behind a load balancer of AWS, which is told later, and then sends what it has begun for so long.
BALANCED_DRAIN_SECONDS = 35
DEREGISTER_SECONDS = 20
# How long such a load balancer keeps a connection that nobody uses. The portal keeps its end for longer, or a request
# would meet a connection that just closed (https://nodejs.org/api/http.html#serverkeepalivetimeout).
IDLE_SECONDS = 120
KEEP_ALIVE_SECONDS = IDLE_SECONDS + 5

# The health of the process (@backstage/backend-defaults, rootHealthServiceFactory).
HEALTH_PATH = "/.backstage/health/v1"
READINESS_PATH = f"{HEALTH_PATH}/readiness"
# `portal logs` leaves out requests with this name.
PROBE_USER_AGENT = "portal-probe"
