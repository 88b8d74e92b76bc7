import { FamilyWorld, type FamilyOptions, type Rotating } from './family-world.ts'
import type { Restart } from './key-scenario.ts'
import type { ServiceName } from './kind-world.ts'
import { placeAt } from './place-faults.ts'
import type { RotatorModel, Task } from './rotator-model.ts'
import { rotateToEnd, runWorld } from './run-world.ts'
import type { Stumble } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

const MINUTE_MS = 60_000

/** A fleet that comes and goes while all secrets are rotated. */
export interface FamilyScenario extends Omit<FamilyOptions, 'replicas'> {
  readonly lengthMs: number
  readonly rotateEveryMs: number
  /** How many replicas there are at a time, about. Each stays for two to twelve minutes. */
  readonly atATime: number
  /** How long replicas have at the end to read the store. Default: no time. */
  readonly restMs?: number
  /** How often a rotation is tried at its time. Default: once. */
  readonly attempts?: number
  /** Of the replicas that stay, `alpha-0` and `beta-0`. Default: none. */
  readonly restarts?: readonly Restart[]
  /** What happens to the first rotator of a secret at one of its calls, which are counted from `atMs` on. Default: nothing. */
  readonly stumbles?: readonly (AtSecret & Stumble)[]
  /** What the second rotator of a secret is asked for. Default: nothing. */
  readonly orders?: readonly (AtSecret & Task)[]
}

interface AtSecret {
  /** The secret, by its number. */
  readonly of: number
  readonly atMs: number
}

const MEAN_STAY_MS = 7 * MINUTE_MS
const SWEEP_ATTEMPTS = 20

/** Runs a scenario: every secret is rotated at the same times, and once more when no replica comes any more and everything works. */
export async function simulateFamily(scenario: FamilyScenario): Promise<FamilyWorld> {
  const { lengthMs, atATime } = scenario
  const visits = Math.round((atATime * lengthMs) / MEAN_STAY_MS)
  using world = await FamilyWorld.open({ ...scenario, replicas: visits + 2 })
  const { parts, fleet } = world
  const { random } = parts
  for (const service of ['alpha', 'beta'] as const) {
    const stays = world.replicaOf(service)
    void stays.start()
    fleet.add(stays)
  }
  for (let n = 0; n < visits; n += 1) {
    const service: ServiceName = n % 2 === 0 ? 'alpha' : 'beta'
    const replica = world.replicaOf(service)
    const forMs = random.between(2 * MINUTE_MS, 12 * MINUTE_MS)
    placeAt(parts, random.between(0, lengthMs), () => void fleet.host(replica, forMs))
  }
  for (const { replica, atMs, downMs } of scenario.restarts ?? []) {
    const model = fleet.replicas.find(({ machine }) => machine.name === replica)
    placeAt(parts, atMs, () => void model?.restart(downMs))
  }
  for (const { of, atMs, ...stumble } of scenario.stumbles ?? []) {
    placeAt(parts, atMs, () => world.secrets[of]?.rotator.process.stumbleAt(stumble))
  }
  for (const { of, atMs, ...task } of scenario.orders ?? []) {
    placeAt(parts, atMs, () => void world.secrets[of]?.second.carryOut(task))
  }
  await runWorld(parts, rotateAll(scenario, world))
  return world
}

/** Rotates every secret as long as replicas come and go, and once more when none comes any more. */
async function rotateAll(
  { lengthMs, rotateEveryMs, attempts = 1, restMs = 0 }: FamilyScenario,
  { parts, secrets }: FamilyWorld,
): Promise<void> {
  const { time, trace } = parts
  const rotateOften = async ({ rotator }: Rotating) => {
    for (let n = 0; n < Math.floor(lengthMs / rotateEveryMs); n += 1) {
      await time.sleep(Math.max(0, n * rotateEveryMs - trace.nowMs))
      await rotator.carryOut({ order: 'rotate', attempts, request: `rotation ${n}` })
    }
  }
  await Promise.all(secrets.map(rotateOften))
  await time.sleep(Math.max(0, lengthMs - trace.nowMs))
  await Promise.all(
    secrets.map(async ({ rotator, kind }) => {
      if (restMs > 0 && kind.leavesOrphans) await sweep(parts, rotator)
      await rotateToEnd(parts, rotator)
    }),
  )
  await time.sleep(restMs)
}

/** As an operator does whose rotation finds no place for a new credential: what is open comes to its end first. */
async function sweep({ faults }: WorldParts, rotator: RotatorModel): Promise<void> {
  faults.heal()
  await rotator.carryOut({ order: 'rotate', attempts: SWEEP_ATTEMPTS })
  await rotator.carryOut({ order: 'sweep', attempts: SWEEP_ATTEMPTS })
}
