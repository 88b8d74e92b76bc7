import {
  boardsOf,
  namesReadBy,
  namesReadByRotator,
  rotatedNames,
  secretsOf,
  usedServers,
} from '../../family/family-secrets.ts'
import { namesWrittenByRotator } from '../../family/least-rights.ts'
import { checkJournal } from '../../journal/secret-journal.ts'
import type { RotationJournal } from '../../journal/journal.ts'
import { type Answer, type Check, needs, NotCheckedError, type Question } from './ask-all.ts'
import type { DeploymentParts, FleetLook } from './deployment-parts.ts'
import { askServer, clockOfServer, judgeClock } from './server-questions.ts'
import type { Answer as ReplicaAnswer } from '@rekey/secret/internal/kind'
import { ownVersion } from '../own-version.ts'

type DeploymentCheck = Check<DeploymentParts>

/** Every check of a deployment, in the order in which they are printed. A new one is a row here. */
export const DEPLOYMENT_CHECKS: readonly DeploymentCheck[] = [
  { name: 'store', questions: readsOf },
  { name: 'store rights', questions: (parts) => [storeRights(parts)] },
  {
    name: 'server',
    questions: (parts) => serversOf(parts).map((server) => askServer(parts, server)),
  },
  { name: 'rights', questions: rightsOf },
  {
    name: 'fleet',
    questions: (parts) => fleetServices(parts).map((service) => replicasOf(parts, service)),
  },
  {
    name: 'version',
    questions: (parts) => fleetServices(parts).map((service) => versionsOfReplicas(parts, service)),
  },
  {
    name: 'clock',
    questions: (parts) => [
      clockOfStore(parts),
      ...serversOf(parts).map((server) => clockOfServer(parts, server)),
      ...fleetServices(parts).map((service) => clockOfReplicas(parts, service)),
    ],
  },
  { name: 'journal', questions: (parts) => [journalOf(parts)] },
  { name: 'audit log', questions: (parts) => [auditOf(parts)] },
]

function serversOf({ family }: DeploymentParts): string[] {
  return usedServers(family).map(({ server }) => server)
}

/** Reads each secret with the rotator's own rights. */
function readsOf(parts: DeploymentParts): Question[] {
  const names = new Set([...namesReadByRotator(parts.family), ...rotatedNames(parts.family)])
  return [...names].map((name) => ({
    subject: name,
    async ask() {
      const { current } = await parts.read(name)
      return `can be read; version ${current.version} is current`
    },
  }))
}

function storeRights(parts: DeploymentParts): Question {
  const subject = parts.family.store.locator
  return {
    subject,
    async ask(signal) {
      const names = namesWrittenByRotator(parts.family)
      const store = await needs('the store', parts.store())
      if (store.lacks === undefined) {
        throw new NotCheckedError('the store shows no right to write without a write')
      }
      const lacking = await store.lacks(names, signal)
      if (lacking.length === 0) return `the rotator may write ${names.length} names`
      return lacking.map((message) => ({ subject, result: 'failed', message }))
    },
  }
}

/** The rights of the rotator at the far side of each secret, as `rotate --plan` asks them. */
function rightsOf(parts: DeploymentParts): Question[] {
  return secretsOf(parts.family)
    .filter(({ isRotated }) => isRotated)
    .map(({ title: subject, name }) => ({
      subject,
      async ask(signal) {
        const kind = (await needs('the rotator', parts.kinds())).get(subject)
        if (kind?.lacks === undefined) {
          throw new NotCheckedError('its far side has no question about rights')
        }
        const staged = await needs('its value', parts.read(name))
        const lacking = await kind.lacks(staged, signal)
        if (lacking.length === 0) return 'the rotator has the rights of every step'
        return lacking.map((message) => ({ subject, result: 'failed', message }))
      },
    }))
}

function clockOfStore({ family }: DeploymentParts): Question {
  return {
    subject: family.store.locator,
    ask: () => Promise.reject(new NotCheckedError('the store shows its clock to no reader')),
  }
}

/** Whether the journal can be used, and each secret belongs to it. */
function journalOf(parts: DeploymentParts): Question {
  const { journal: place } = parts.family
  return {
    subject: place,
    async ask() {
      await needs('the store', parts.store())
      const journal = await (place === 'store' ? storeJournal(parts) : serverJournal(parts, place))
      const reads = rotatedNames(parts.family).map((name) =>
        parts.read(name).catch(() => undefined),
      )
      for (const staged of await Promise.all(reads)) {
        if (staged !== undefined) checkJournal(staged, { journal: journal?.name ?? '' })
      }
      if (journal === undefined) return 'the rotator may make it, which the first rotation does'
      const held = (await journal.entries()).filter(({ holder }) => holder !== undefined)
      const holders = held.map(({ secret, holder = '' }) => `${secret} by ${holder}`)
      return `it is the rotator's own; ${holders.length === 0 ? 'no rotation is under way' : `held: ${holders.join(', ')}`}`
    },
  }
}

async function storeJournal(parts: DeploymentParts): Promise<RotationJournal> {
  const { openStoreJournal } = await import('../../journal/store-journal.ts')
  return openStoreJournal(await parts.store(), { secrets: rotatedNames(parts.family) })
}

async function serverJournal(
  parts: DeploymentParts,
  server: string,
): Promise<RotationJournal | undefined> {
  const database = await needs(`the rotator's login at ${server}`, parts.server(server))
  const { findPostgresJournal } = await import('../../journal/find-postgres-journal.ts')
  if ((await findPostgresJournal(database)) === undefined) return undefined
  const { openPostgresJournal } = await import('../../journal/postgres-journal.ts')
  return openPostgresJournal(database)
}

function auditOf(parts: DeploymentParts): Question {
  const { auditDirectory, auditDatabase } = parts.family
  return {
    subject: auditDatabase ?? auditDirectory ?? '',
    async ask() {
      await parts.checkAudit()
      return 'entries can be added'
    },
  }
}

/** The services of a family whose replicas report secrets. */
function fleetServices({ family }: DeploymentParts): string[] {
  return family.services.filter((service) => namesReadBy(family, service).length > 0)
}

/** Opening a board makes its table, so that a check does not ask it. */
function requireNoBoard({ family }: DeploymentParts, service: string): void {
  for (const [server, reporters] of boardsOf(family)) {
    if (!reporters.some((reporter) => reporter.service === service)) continue
    throw new NotCheckedError(`its replicas report on the board of ${server}: see rekey status`)
  }
}

/** Asks every replica of a service for its report. */
function replicasOf(parts: DeploymentParts, service: string): Question {
  return {
    subject: service,
    async ask() {
      requireNoBoard(parts, service)
      const { answers } = await parts.look(service)
      return answers.map((answer) => judgeReplica(service, answer))
    },
  }
}

function judgeReplica(service: string, { replica, ack, problem, absence }: ReplicaAnswer): Answer {
  const subject = subjectOf(service, replica)
  if (ack !== undefined) return { subject, result: 'ok', message: 'it reports its secrets' }
  const why = problem ?? absence ?? 'it does not answer: start it, or correct its health address'
  return { subject, result: 'failed', message: why }
}

function subjectOf(service: string, { healthUrl }: ReplicaAnswer['replica']): string {
  return `${service} ${healthUrl}`
}

/** Asks each replica that answered one more thing, and states of the others that they did not. */
function ofEachReplica(
  parts: DeploymentParts,
  service: string,
  judge: (subject: string, answer: ReplicaAnswer, look: FleetLook) => Answer,
): Question {
  return {
    subject: service,
    async ask() {
      requireNoBoard(parts, service)
      const look = await needs('the fleet', parts.look(service))
      return look.answers.map((answer) => {
        const subject = subjectOf(service, answer.replica)
        if (answer.ack !== undefined) return judge(subject, answer, look)
        return { subject, result: 'not checked', message: 'it gives no report' }
      })
    },
  }
}

/** Compares the release of each replica with this one: a rotator reads the reports of its own release and of older ones. */
function versionsOfReplicas(parts: DeploymentParts, service: string): Question {
  const own = ownVersion()
  return ofEachReplica(parts, service, (subject, { ack }) => {
    const release = ack?.release
    if (release === undefined) {
      return { subject, result: 'not checked', message: 'it reports no version' }
    }
    if (release === own) return { subject, result: 'ok', message: `it has ${release}` }
    const message = `it has ${release}, the rotator ${own}`
    if (isOlder(release, own)) return { subject, result: 'ok', message }
    return { subject, result: 'failed', message: `${message}: update the rotator first` }
  })
}

/** Compares the numbers of two versions; of a pre-release those in front of the hyphen. */
function isOlder(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) < 0
}

/** Compares the clock of each replica with this machine's. */
function clockOfReplicas(parts: DeploymentParts, service: string): Question {
  return ofEachReplica(parts, service, (subject, { replica }, { aheadMs }) => {
    const ahead = aheadMs.get(new URL(replica.healthUrl).origin)
    if (ahead !== undefined) return judgeClock(subject, ahead)
    return { subject, result: 'not checked', message: 'its answer has no date' }
  })
}
