import { randomBytes } from 'node:crypto'
import {
  createFleet,
  createMemoryJournal,
  rotate,
  RotationError,
  signedReports,
} from '@rekey/rekey/engine'
import { createReportFetch, type FetchReport, withoutAbsent } from '@rekey/rekey/internal/engine'
import { liveVersions } from '@rekey/secret/internal'
import { NON_PRODUCTION_PREFIX, Secret, type SecretStore, type StagedSecret } from '@rekey/secret'
import { awaitBarrier, type Fleet, reaches } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import { createMemoryStore } from '@rekey/config-loader/store'
import { type CellTable, effort } from './bench-table.ts'
import { openSimulatedFleet, SIMULATED_SECRET, type SimulatedFleet } from './simulated-fleet.ts'

const SIZES = effort([100, 1_000, 10_000], [100])
/** One process is all replicas, and does all their handshakes. */
const MOST_OVER_TLS = 1_000
/** Within this time after a change of the store every replica has read it. */
const SPREAD_MS = 500
/** After this, dead replicas are named. */
const NAMED_AFTER_MS = effort(15_000, 3_000)
/** As by default. */
const DEADLINE_MS = 60_000
const SAMPLE_MS = 50

/**
 * One rotation of a secret whose replicas are simulated by a process of their own, with signed reports over real HTTP and over mutual TLS; a twentieth of
 * them is dead. The rotation is first stuck at those, names them, and is then carried out without them.
 */
export async function benchFleetAcknowledgement(): Promise<CellTable> {
  const rows: CellTable['rows'][number][] = []
  for (const size of SIZES) {
    rows.push(await measure(size, 'http'))
    if (size <= MOST_OVER_TLS) rows.push(await measure(size, 'https'))
  }
  return {
    title: 'Acknowledgement by a fleet of which 5 in 100 replicas are dead',
    columns: ['p50', 'p99', 'last look', 'dead named', 'healthy named', 'memory', 'store reads'],
    rows,
    aim: 'p99 at most 2,000 ms after promote, no healthy replica named, at most 150 MB, the same number of reads',
    note: `the replicas read the store within ${SPREAD_MS} ms of a change; memory is what the process of the rotator grew by; last look: when all had been asked once more`,
  }
}

async function measure(
  size: number,
  protocol: 'http' | 'https',
): Promise<CellTable['rows'][number]> {
  await using simulated = await openSimulatedFleet(size, protocol)
  const tls = new Map([['app', () => Promise.resolve(simulated.tls)]])
  await using reports = createReportFetch({ tls })
  const answers = new AnswerTimes(reports.fetch)
  const fetch = signedReports(simulated.key, answers.fetch)
  const fleet = createFleet(simulated.replicas, { fetch })
  const { store, reads } = await openStore(simulated)
  const journal = createMemoryJournal()
  const memory = watchMemory()
  const stuck = await rotate(kindOf(fleet, NAMED_AFTER_MS), { store, journal }).catch(
    (error: unknown) => error,
  )
  const absent = stuck instanceof RotationError ? String(stuck.details['absent']).split(' ') : []
  const dead = new Set(simulated.dead)
  const healthyNamed = absent.filter((name) => !dead.has(name)).length
  const readsBefore = reads.count
  let acknowledgedMs: readonly number[] = []
  await rotate(kindOf(withoutAbsent(fleet, absent), DEADLINE_MS), {
    ...{ store, journal },
    onEvent: ({ step, phase }) => {
      if (phase !== 'end') return
      if (step === 'promote') answers.restart()
      if (step === 'confirm') acknowledgedMs = answers.acknowledgedMs()
    },
  })
  const at = (share: number) => acknowledgedMs[Math.ceil(acknowledgedMs.length * share) - 1]
  const cells = [
    ...[at(0.5), at(0.99), answers.lastMs()].map((ms = NaN) => `${ms.toFixed(0)} ms`),
    ...[`${absent.length - healthyNamed} of ${dead.size}`, String(healthyNamed)],
    ...[`${(memory.stop() / 1e6).toFixed(0)} MB`, String(reads.count - readsBefore)],
  ]
  return { name: `${size.toLocaleString('en')} replicas, ${protocol}`, cells }
}

/** When each replica answered, since the beginning of a barrier. */
class AnswerTimes {
  readonly fetch: FetchReport
  readonly #times = new Map<string, number[]>()
  #startedAt = 0

  constructor(fetch: FetchReport) {
    this.fetch = async (address, init) => {
      const response = await fetch(address, init)
      const url = String(address)
      this.#times.set(url, [...(this.#times.get(url) ?? []), performance.now() - this.#startedAt])
      return response
    }
  }

  restart(): void {
    this.#times.clear()
    this.#startedAt = performance.now()
  }

  /** In order, for each replica that answered. Its last answer is to the last look at all, the one before it its acknowledgement. */
  acknowledgedMs(): readonly number[] {
    const times = [...this.#times.values()].flatMap((all) => all.at(-2) ?? all)
    return times.toSorted((a, b) => a - b)
  }

  lastMs(): number {
    return Math.max(...[...this.#times.values()].map((all) => all.at(-1) ?? NaN))
  }
}

/** A secret of which the far side accepts every version. */
function kindOf(fleet: Fleet, deadlineMs: number): RotationKind {
  const nothing = () => Promise.resolve()
  const barrier = {
    ...{ fleet, service: 'app', secret: SIMULATED_SECRET },
    ...{ deadlineMs, pollMs: 100 },
  }
  return {
    ...{ kind: 'simulated', name: SIMULATED_SECRET },
    plan: () => Promise.reject(new Error('nothing is planned here')),
    generate: () => Promise.resolve(newValue()),
    admit: ({ pending }, context) =>
      awaitBarrier({ ...barrier, what: 'have it', ...reaches('loaded', pending) }, context),
    prove: nothing,
    confirm: ({ current }, context) =>
      awaitBarrier({ ...barrier, what: 'use it', ...reaches('in-use', current) }, context),
    revoke: nothing,
    confirmRevoked: (revoked, context) =>
      awaitBarrier({ ...barrier, what: 'drop it', ...reaches('gone', revoked) }, context),
    abort: nothing,
  }
}

function newValue(): Secret {
  const text = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
  return Secret.of(text, SIMULATED_SECRET)
}

/** A store whose reads by the rotator are counted, and which the replicas follow. */
async function openStore(simulated: SimulatedFleet) {
  const memory = createMemoryStore({ [SIMULATED_SECRET]: newValue().expose() })
  const reads = { count: 0 }
  const follow = async (changed: Promise<StagedSecret>) => {
    const staged = await changed
    await simulated.takeOver(versionsOf(staged), SPREAD_MS)
    return staged
  }
  const store: SecretStore = {
    locator: memory.locator,
    read: (name) => {
      reads.count += 1
      return memory.read(name)
    },
    create: (...change) => follow(memory.create(...change)),
    stage: (...change) => follow(memory.stage(...change)),
    abort: (...change) => follow(memory.abort(...change)),
    promote: (...change) => follow(memory.promote(...change)),
    rollback: (...change) => follow(memory.rollback(...change)),
    revoke: (...change) => follow(memory.revoke(...change)),
  }
  await simulated.takeOver(versionsOf(await memory.read(SIMULATED_SECRET)), 0)
  return { store, reads }
}

function versionsOf(staged: StagedSecret) {
  return liveVersions(staged).map(({ stage, version }) => ({ stage, version }))
}

/** Samples the memory of this process; `stop` returns by how much it grew at most, in bytes. */
function watchMemory() {
  const before = process.memoryUsage().rss
  let most = before
  const sample = () => (most = Math.max(most, process.memoryUsage().rss))
  const timer = setInterval(sample, SAMPLE_MS)
  return {
    stop: () => {
      clearInterval(timer)
      return sample() - before
    },
  }
}
