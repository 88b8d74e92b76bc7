// @lane measured
import { createFleet, signedReports } from '@rekey/rekey/engine'
import { createReportFetch, type FetchReport, withoutAbsent } from '@rekey/rekey/internal/engine'
import { limitedText, SecretError, systemClock } from '@rekey/secret'
import { awaitBarrier, type Fleet, reaches } from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import { openSimulatedFleet, SIMULATED_SECRET } from './simulated-fleet.ts'

const REPLICAS = 1_000
const DEAD = REPLICAS / 20
const HEALTHY = REPLICAS - DEAD
const DEADLINE_MS = 60_000
const [first, second] = ['v1', 'v2']

/** Whose deadline passes when all healthy replicas are there, however long the machine takes for it. */
function createContext(): StepContext {
  let isOver = false
  const nothing = () => Promise.resolve()
  return {
    signal: new AbortController().signal,
    clock: { ...systemClock, elapsed: () => (isOver ? DEADLINE_MS : 0) },
    waiting: (_, replicas) => (isOver = replicas?.length === DEAD),
    ...{ compromised: false, progress: undefined },
    ...{ alarm: nothing, saveProgress: nothing, attest: nothing, fence: nothing },
    postpone: () => Promise.reject(new Error('not wanted here')),
    gap: { sinceMs: undefined, begin: nothing, end: nothing },
  }
}

const untilInUse = (fleet: Fleet, version: string) =>
  awaitBarrier(
    {
      ...{ fleet, service: 'app', secret: SIMULATED_SECRET, deadlineMs: DEADLINE_MS, pollMs: 100 },
      ...{ what: 'uses the version', ...reaches('in-use', { version }) },
    },
    createContext(),
  )

it('R48 of 1,000 replicas 5 in a hundred are dead: those are named and no other, and no replica is asked again once it has acknowledged', async () => {
  await using simulated = await openSimulatedFleet(REPLICAS)
  await using reports = createReportFetch()
  const acknowledged = new Set<string>()
  const askedAgain = new Set<string>()
  const counted: FetchReport = async (address, init) => {
    const url = String(address)
    if (acknowledged.has(url)) askedAgain.add(url)
    const answer = await reports.fetch(url, init)
    const text = await limitedText(answer)
    if (text.includes(`"version":"${second}"`)) acknowledged.add(url)
    const { status, ok, headers } = answer
    return { status, ok, headers, body: [Buffer.from(text)] }
  }
  const fleet = createFleet(simulated.replicas, { fetch: signedReports(simulated.key, counted) })

  await simulated.takeOver([{ stage: 'current', version: first }], 0)
  await simulated.takeOver([{ stage: 'current', version: second }], 300)
  const late = await untilInUse(fleet, second).catch((error: unknown) => error)
  expect(late).toBeInstanceOf(SecretError)
  const { absent } = (late as SecretError).details
  expect(String(absent).split(' ').toSorted()).toEqual(simulated.dead.toSorted())
  expect(acknowledged.size).toBe(HEALTHY)
  expect([...askedAgain]).toEqual([])

  const before = await simulated.counts()
  await untilInUse(withoutAbsent(fleet, simulated.dead), second)
  const after = await simulated.counts()
  expect(after.reports - before.reports).toBeGreaterThanOrEqual(HEALTHY)
  expect(after.connections - before.connections).toBeLessThan(HEALTHY)
}, 120_000)
