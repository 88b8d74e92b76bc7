import type { Remedy, RunbookPlace } from '@rekey/secret/internal/kind'

const DOCS = 'https://github.com/rekey/rekey/blob/main'

/** One environment: where an operator types the commands of a runbook, and how services are run there. In Markdown. */
export interface RunbookEnvironment extends RunbookPlace {
  /** As on the command line, and the name of its page. */
  readonly name: string
  readonly title: string
  /** The family file, by its name in the folder in which commands are typed. */
  readonly file: string
  /** Where commands are typed. A block with `unrun` is not executed by a test, for the reason that it has. */
  readonly opening: string
  /** Who rotates on schedule. */
  readonly schedule: string
  /** The first thing to do if the way into the store has leaked as well. */
  readonly leaked: string
  /** Where the log of a service is. */
  readonly logs: (service: string) => string
  /** Observations of a rotation that stops for a cause of this environment. */
  readonly remedies: readonly Remedy[]
}

const FILE = 'deployment.json'
const scheduling = (anchor: string) => `[scheduling](${DOCS}/docs/scheduling.md#${anchor})`
const page = (name: string, anchor: string) => `${DOCS}/docs/runbooks/${name}.md#${anchor}`
const outage = (name: string, store: string): Remedy => [
  '`unreachable` or `forbidden`, from the store',
  `see [outages of ${store}](${page(name, 'outage')}); services serve on meanwhile`,
]

const DEVELOPMENT: RunbookEnvironment = {
  name: 'development',
  title: 'Development',
  file: 'development.json',
  opening: `Everything is on your machine. Type the commands in the folder of \`development.json\`, the family file with \`"environment": "development"\`, a store such as \`dotenv:.env\`, and the replicas that run here.`,
  schedule: 'No schedule rotates here: values with the mark of development need none.',
  leaked:
    'A value with the mark of development opens nothing in production. One without it does: rotate it where it is used.',
  restart: (service) => `Restart \`${service}\` as you started it.`,
  logs: (service) => `the terminal of \`${service}\``,
  remedies: [
    [
      '`malformed`, from the store',
      'the `.env` file was edited by hand: quote values with `#`, a space or a quote',
    ],
  ],
}

const KUBERNETES: RunbookEnvironment = {
  name: 'kubernetes',
  title: 'Kubernetes',
  file: FILE,
  opening: `Type the commands in a pod that has the account, the files and the audit trail of the [chart](${DOCS}/deploy/README.md#kubernetes), made from its CronJob:

\`\`\`sh unrun="no kubelet runs pods in the tests"
kubectl create job rekey-shell --from=cronjob/rekey-rotate --dry-run=client --output=json |
  kubectl patch --local --filename=- --type=json --output=json \\
    --patch='[{"op":"replace","path":"/spec/template/spec/containers/0/command","value":["sleep","3600"]},{"op":"remove","path":"/spec/template/spec/containers/0/args"}]' |
  kubectl apply --filename=-
kubectl wait --for=condition=ready pod --selector=job-name=rekey-shell
kubectl exec --stdin --tty job/rekey-shell -- sh -c 'cd /etc/rekey && exec sh'
\`\`\`

A kubelet may take two minutes to bring a new version to a volume: add \`--deadline-ms 180000\` where replicas are late. At the end \`kubectl delete job rekey-shell\`.`,
  schedule: `The CronJob \`rekey-rotate\` rotates what is due once an hour; \`kubectl create job rekey-now --from=cronjob/rekey-rotate\` does it now.`,
  leaked: `If the token of a service account has leaked, [that first](${page('kubernetes', 'emergency')}).`,
  restart: (service) => `Restart it: \`kubectl rollout restart deployment/${service}\`.`,
  logs: (service) => `\`kubectl logs deployment/${service}\``,
  remedies: [
    outage('kubernetes', 'the API server'),
    [
      'a replica does not load a version, and its volume has it not',
      '`rekey doctor SERVICE` in the pod names a volume that never changes (`sub-path`, `immutable`)',
    ],
    [
      'a replica of `fleet` that no longer exists',
      'pods have been rescheduled: discover them, or correct `fleet`',
    ],
  ],
}

const VAULT: RunbookEnvironment = {
  name: 'vault',
  title: 'HashiCorp Vault',
  file: FILE,
  opening: `Type the commands on a machine that logs in to Vault as the rotator, in the folder of \`deployment.json\`, whose \`store\` has the address and the way in. Its policy is what \`rekey rights vault:MOUNT/PREFIX rotator\` prints; no token of an administrator is needed.`,
  schedule: `A timer or a CronJob runs \`rekey rotate --due\` once an hour: see ${scheduling('kubernetes')}.`,
  leaked: `If a secret_id or a token has leaked, [that first](${page('vault', 'emergency')}).`,
  restart: (service) => `Restart \`${service}\` by its process manager.`,
  logs: (service) => `the log of \`${service}\``,
  remedies: [outage('vault', 'Vault')],
}

const AWS: RunbookEnvironment = {
  name: 'aws',
  title: 'AWS Secrets Manager',
  file: FILE,
  opening: `Type the commands where the role of the rotator is: on an instance with its profile, or in a task:

\`\`\`sh unrun="there is no AWS account in the tests"
aws ecs execute-command --cluster CLUSTER --task TASK --container rekey --interactive --command "sh -c 'cd /etc/rekey && exec sh'"
\`\`\`

Its policy is what \`rekey rights aws:PREFIX rotator\` prints.`,
  schedule: `EventBridge runs \`rekey rotate --due\` once an hour: see ${scheduling('eventbridge-scheduler-and-ecs')}. Where Secrets Manager keeps the schedule itself, that function rotates, and these commands are for the exception.`,
  leaked: `If credentials of a role have leaked, [that first](${page('aws', 'emergency')}).`,
  restart: (service) =>
    `Restart it: \`aws ecs update-service --cluster CLUSTER --service ${service} --force-new-deployment\`.`,
  logs: (service) => `\`aws logs tail ${service}\``,
  remedies: [outage('aws', 'Secrets Manager')],
}

const SYSTEMD: RunbookEnvironment = {
  name: 'systemd',
  title: 'systemd',
  file: FILE,
  opening: `Type the commands on the machine of the rotator, as root, in a shell in which \`rekey\` runs as the [service](${DOCS}/deploy/README.md#systemd) does: its user, its credential, its audit trail. With further credentials, give each in the same way: [an example](${DOCS}/docs/guide/production-systemd.md#5-rotate) has those of Vault. The commands of \`rekey ca\` need none: type them without this function, which \`unset -f rekey\` removes.

\`\`\`sh
cd /etc/rekey
rekey() {
  systemd-run --quiet --pipe --wait --collect --unit=rekey-by-hand --uid=rekey --working-directory=/etc/rekey \\
    --property='LoadCredential=health-key:/etc/rekey/credentials/health-key' \\
    --property='StateDirectory=rekey rekey/audit' --property='StateDirectoryMode=0700' --property='UMask=0077' \\
    --setenv=REKEY_HEALTH_KEY_FILE=/run/credentials/rekey-by-hand.service/health-key /usr/bin/rekey "$@"
}
\`\`\``,
  schedule:
    'The timer `rekey-rotate.timer` rotates what is due once an hour; `systemctl start rekey-rotate.service` does it now.',
  leaked:
    'If the credential by which a machine reads the store has leaked, replace that first: a new file in `/etc/rekey/credentials`, and a restart of the unit that loads it.',
  restart: (service) => `Restart it: \`systemctl restart ${service}.service\`.`,
  logs: (service) => `\`journalctl --unit ${service}.service\``,
  remedies: [
    [
      "the unit failed with `result 'timeout'`",
      'the rotation was ended and loses nothing: the next run of the timer goes on with it',
    ],
    ['what the timer did', '`journalctl --unit rekey-rotate.service`'],
  ],
}

/** The environments that have a runbook, by name. */
export const ENVIRONMENTS: ReadonlyMap<string, RunbookEnvironment> = new Map(
  [DEVELOPMENT, KUBERNETES, VAULT, AWS, SYSTEMD].map((one) => [one.name, one]),
)
