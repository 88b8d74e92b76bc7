import { SecretError } from '@rekey/secret'
import { STAGES } from '@rekey/secret/internal'
import type { Acknowledgement, Answer } from '@rekey/secret/internal/kind'
import type { SecretReading, ServiceAnswers } from './family-reading.ts'
import type { LastUseView, RefusedCaller, RevokePreview } from './family-view.ts'
import { versionHolders } from './version-holders.ts'

/**
 * Predicts the calls that fail once the far side refuses `version` and each replica goes on with the versions that it has loaded. A caller
 * sends its current version and, once refused, one other that it holds, as `withApiKey` does. A secret with one end has a far side that
 * reports nothing: there, each replica that uses the version counts as refused. A replica that does not answer makes the result unknown, unless
 * a call is known to fail.
 *
 * @throws {SecretError} `missing` if it is no live version of the secret
 *
 * @example
 * ```ts
 * const { verdict, refused } = previewRevoke(reading, reading.staged.current.version)
 * ```
 */
export function previewRevoke(
  reading: Pick<SecretReading, 'staged' | 'title' | 'answers'>,
  version: string,
): RevokePreview {
  const { staged, title, answers } = reading
  if (!STAGES.some((stage) => staged[stage]?.version === version)) {
    throw new SecretError(
      'missing',
      `${title} has no live version ${version}: see \`rekey status\``,
    )
  }
  const [callers, receivers] = answers
  const calls =
    receivers === undefined
      ? usersOf(callers?.answers ?? [], version)
      : callsBetween(callers?.answers ?? [], receivers.answers, version)
  const holders = versionHolders(answers, version)
  const silent = holders.reduce((sum, each) => sum + each.silent.length, 0)
  const isUnknown = silent > 0 || answers.length === 0 || answers.some(hasNoReplica)
  const lastUse = latest(holders.flatMap((each) => each.lastUse ?? []))
  return {
    verdict: calls.refused.length > 0 ? 'breaks' : isUnknown ? 'unknown' : 'nothing',
    holders: holders.reduce((sum, { holding }) => sum + holding.length, 0),
    silent,
    ...calls,
    refusedInAll: calls.refused.length,
    ...(lastUse && { lastUse }),
    evidence: evidenceOf(answers),
  }
}

function latest(uses: readonly LastUseView[]): LastUseView | undefined {
  return uses.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))[0]
}

function hasNoReplica({ answers }: ServiceAnswers): boolean {
  return answers.length === 0
}

type Calls = Pick<RevokePreview, 'refused' | 'retrying'>

/** Receivers that accept the same versions. */
interface ReceiverGroup {
  readonly accepted: ReadonlySet<string>
  count: number
}

/** Callers and receivers of thousands hold few different sets of versions, so each set is judged once. */
function callsBetween(
  callers: readonly Answer[],
  receivers: readonly Answer[],
  version: string,
): Calls {
  const groups = groupReceivers(receivers)
  const judged = new Map<string, { readonly by: number; readonly isRetrying: boolean }>()
  const refused: RefusedCaller[] = []
  let retrying = 0
  for (const { replica, ack } of callers) {
    const tries = ack === undefined ? [] : triesOf(ack)
    const key = tries.join(' ')
    const { by, isRetrying } = judged.get(key) ?? judge(tries, groups, version)
    judged.set(key, { by, isRetrying })
    if (isRetrying) retrying += 1
    if (by > 0) refused.push({ replica: replica.healthUrl, by })
  }
  return { refused, retrying }
}

function groupReceivers(receivers: readonly Answer[]): readonly ReceiverGroup[] {
  const groups = new Map<string, ReceiverGroup>()
  for (const { ack } of receivers) {
    const accepted = ack === undefined ? [] : versionsServed(ack)
    const key = accepted.toSorted().join(' ')
    const group = groups.get(key) ?? { accepted: new Set(accepted), count: 0 }
    group.count += 1
    groups.set(key, group)
  }
  return [...groups.values()]
}

function judge(tries: readonly string[], groups: readonly ReceiverGroup[], version: string) {
  const left = tries.filter((each) => each !== version)
  const isAccepted = (shown: readonly string[], { accepted }: ReceiverGroup) =>
    shown.some((each) => accepted.has(each))
  const lost = groups.filter((group) => isAccepted(tries, group) && !isAccepted(left, group))
  const isRetrying =
    tries[0] === version &&
    groups.some((group) => group.accepted.has(version) && isAccepted(left, group))
  return { by: lost.reduce((sum, { count }) => sum + count, 0), isRetrying }
}

/** The versions that a caller sends: its current one, and after a refusal one other, its pending version before its previous one. */
function triesOf(ack: Acknowledgement): string[] {
  const served = versionsServed(ack)
  return [served[0], served.find((version) => version !== served[0])].filter(
    (version) => version !== undefined,
  )
}

const ORDER = ['current', 'pending', 'previous']

/** A replica whose secret is expired or absent neither sends nor accepts any version. */
function versionsServed({ state, versions }: Acknowledgement): string[] {
  if (state !== 'fresh' && state !== 'stale') return []
  return ORDER.flatMap((stage) => versions.filter((held) => held.stage === stage)).map(
    ({ version }) => version,
  )
}

function usersOf(replicas: readonly Answer[], version: string): Calls {
  const users = replicas.filter(({ ack }) => ack !== undefined && uses(ack, version))
  return { refused: users.map(({ replica }) => ({ replica: replica.healthUrl })), retrying: 0 }
}

function uses(ack: Acknowledgement, version: string): boolean {
  const isHeld = Object.values(ack.usage.holding).some((held) => held.includes(version))
  return isHeld || versionsServed(ack)[0] === version
}

/** The reports that the result is based on. */
function evidenceOf(answers: readonly ServiceAnswers[]): string {
  if (answers.length === 0) return 'no report: no replica was asked'
  let [reports, replicas] = [0, 0]
  const counts = answers.map(({ service, answers: asked }) => {
    const answered = asked.filter(({ ack }) => ack !== undefined).length
    reports += answered
    replicas += asked.length
    return `${service} ${answered}/${asked.length}`
  })
  const of = reports === replicas ? 'all' : `${reports} of ${replicas}`
  return `reports from ${of} replicas (${counts.join(', ')})`
}
