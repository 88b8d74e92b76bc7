import { FamilyWorld, type FamilyOptions, type Rotating } from './family-world.ts'
import type { ServiceName } from './kind-world.ts'
import { placeAt } from './place-faults.ts'
import { rotateToEnd, runWorld } from './run-world.ts'

const MINUTE_MS = 60_000

/** A fleet that comes and goes while all secrets are rotated. */
export interface FamilyScenario extends Omit<FamilyOptions, 'replicas'> {
  readonly lengthMs: number
  readonly rotateEveryMs: number
  /** How many replicas there are at a time, about. Each stays for two to twelve minutes. */
  readonly atATime: number
}

const MEAN_STAY_MS = 7 * MINUTE_MS

/** Runs a scenario: every secret is rotated at the same times, and once more when no replica comes any more. */
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
  await runWorld(parts, rotateAll(scenario, world))
  return world
}

/** Rotates every secret as long as replicas come and go, and once more when none comes any more. */
async function rotateAll(
  { lengthMs, rotateEveryMs }: FamilyScenario,
  { parts, secrets }: FamilyWorld,
): Promise<void> {
  const { time, trace } = parts
  const rotateOften = async ({ rotator }: Rotating) => {
    for (let n = 0; n < Math.floor(lengthMs / rotateEveryMs); n += 1) {
      await time.sleep(Math.max(0, n * rotateEveryMs - trace.nowMs))
      await rotator.carryOut({ order: 'rotate', attempts: 1, request: `rotation ${n}` })
    }
  }
  await Promise.all(secrets.map(rotateOften))
  await time.sleep(Math.max(0, lengthMs - trace.nowMs))
  await Promise.all(secrets.map(({ rotator }) => rotateToEnd(parts, rotator)))
}
