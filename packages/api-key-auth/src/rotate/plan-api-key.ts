import type { SecretVersion } from '@rekey/secret'
import { type Answer, attemptsOf, nameOf } from '@rekey/secret/internal/kind'
import type { Plan } from '@rekey/secret/kind'
import { type ApiKeyLink, askBothEnds } from './api-key-link.ts'
import { borneRate } from './failure-watch.ts'

/** Inputs of the plan. */
interface PlanOptions {
  /** The version whose refused calls so far are the measure. */
  readonly measure: SecretVersion
  readonly validationMs: number
  readonly lateUseWindowMs: number
  readonly maxOverlapMs: number
}

/** Plans a rotation: its changes, the replicas it waits for, and how many refused calls it tolerates. */
export async function planApiKey(
  link: ApiKeyLink,
  { measure, validationMs, lateUseWindowMs, maxOverlapMs }: PlanOptions,
  signal: AbortSignal,
): Promise<Plan> {
  const { senders, receivers } = await askBothEnds(link, { signal })
  const baseline = [...senders, ...receivers].map((answer) => describeBaseline(answer, measure))
  return {
    generate: 'a key of 32 random bytes',
    stage: 'the store keeps it as pending',
    admit: `every receiver accepts both keys: ${roll(receivers)}`,
    prove: 'a test call with the new key to each of them',
    promote: 'the new key becomes current, the old one previous',
    confirm: `every sender sends the new key: ${roll(senders)}; the old one is silent for ${validationMs} ms, or ends ${maxOverlapMs} ms after promote; rolled back if more calls fail than before: ${baseline.join('; ')}`,
    revoke: `the store drops the old key, and every receiver refuses it; rolled back if a sender reports within ${lateUseWindowMs} ms that it still sends it; any other use is an alarm`,
  }
}

function roll(answers: readonly Answer[]): string {
  return answers
    .map((answer) => `${nameOf(answer)}${answer.ack === undefined ? ' (no answer)' : ''}`)
    .join(', ')
}

function describeBaseline(answer: Answer, { version }: SecretVersion): string {
  if (answer.ack === undefined) return `${nameOf(answer)} unknown`
  const calls = attemptsOf(answer.ack, version)
  const { attempts, failures } = calls
  const percent = Math.round(borneRate(calls) * 1_000) / 10
  return `${nameOf(answer)} ${failures} of ${attempts}, so up to ${percent} % are borne`
}
