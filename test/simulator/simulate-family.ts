import { FamilyWorld, type FamilyOptions, type Rotating } from './family-world.ts'
import type { Restart } from './key-scenario.ts'
import type { ServiceName } from './kind-world.ts'
import { placeAt } from './place-faults.ts'
import type { Task } from './rotator-model.ts'
import { rotateToEnd, runWorld } from './run-world.ts'
import type { Stumble } from './virtual-process.ts'

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
  /** The clock of the first rotator of a secret is wrong for a while, at most as long as replicas come and go. Default: never. */
  readonly jumps?: readonly (AtSecret & ClockJump)[]
  /** What the second rotator of a secret is asked for. Default: nothing. */
  readonly orders?: readonly (AtSecret & Task)[]
}

/** A clock that jumps, and back. */
interface ClockJump {
  readonly byMs: number
  readonly forMs: number
}

interface AtSecret {
  /** The number of the secret, see `FamilyWorld.secretAt`. */
  readonly of: number
  readonly atMs: number
}

const MEAN_STAY_MS = 7 * MINUTE_MS

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
    if (model === undefined) throw new TypeError(`${replica} does not stay`)
    placeAt(parts, atMs, () => void model.restart(downMs))
  }
  for (const { of, atMs, ...stumble } of scenario.stumbles ?? []) {
    placeAt(parts, atMs, () => {
      world.secretAt(of).rotator.process.stumbleAt(stumble)
    })
  }
  for (const { of, atMs, byMs, forMs } of scenario.jumps ?? []) {
    placeAt(parts, atMs, () => {
      const { rotator } = world.secretAt(of)
      rotator.setClock(byMs)
      void parts.time.sleep(Math.min(forMs, lengthMs - atMs)).then(() => {
        rotator.setClock(-byMs)
      })
    })
  }
  const asked: Promise<unknown>[] = []
  for (const { of, atMs, ...task } of scenario.orders ?? []) {
    placeAt(parts, atMs, () => asked.push(world.secretAt(of).second.carryOut(task)))
  }
  await runWorld(parts, rotateAll(scenario, world, asked))
  return world
}

/** Rotates every secret as long as replicas come and go, and once more when none comes any more. */
async function rotateAll(
  { lengthMs, rotateEveryMs, attempts = 1, restMs = 0 }: FamilyScenario,
  { parts, secrets }: FamilyWorld,
  asked: readonly Promise<unknown>[],
): Promise<void> {
  const { time, trace, faults } = parts
  const rotateOften = async ({ rotator }: Rotating) => {
    for (let n = 0; n < Math.floor(lengthMs / rotateEveryMs); n += 1) {
      await time.sleep(Math.max(0, n * rotateEveryMs - trace.nowMs))
      await rotator.carryOut({ order: 'rotate', attempts, request: `rotation ${n}` })
    }
  }
  await Promise.all(secrets.map(rotateOften))
  await time.sleep(Math.max(0, lengthMs - trace.nowMs))
  faults.heal()
  await Promise.all(asked)
  await Promise.all(secrets.map(({ rotator }) => rotateToEnd(parts, rotator)))
  await time.sleep(restMs)
}
