import { type Answer as ReplicaAnswer } from '@rekey/secret/internal/kind'
import { boardsOf, namesReadBy } from '../../family/family-secrets.ts'
import { ownVersion } from '../own-version.ts'
import { type Answer, needs, NotCheckedError, type Question } from './ask-all.ts'
import type { DeploymentParts, FleetLook } from './deployment-parts.ts'
import { judgeClock } from './server-questions.ts'

/** The services of a family whose replicas report secrets. */
export function fleetServices({ family }: DeploymentParts): string[] {
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
export function replicasOf(parts: DeploymentParts, service: string): Question {
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
export function versionsOfReplicas(parts: DeploymentParts, service: string): Question {
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
export function clockOfReplicas(parts: DeploymentParts, service: string): Question {
  return ofEachReplica(parts, service, (subject, { replica }, { aheadMs }) => {
    const ahead = aheadMs.get(new URL(replica.healthUrl).origin)
    if (ahead !== undefined) return judgeClock(subject, ahead)
    return { subject, result: 'not checked', message: 'its answer has no date' }
  })
}
