import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { FaultName, PlannedRound } from './plan-rounds.ts'
import type { RekeyRun } from './rekey-run.ts'
import type { SoakFamily } from './soak-family.ts'

/** A fault that comes as a rotation is under way. */
export interface Scene {
  readonly family: SoakFamily
  readonly round: PlannedRound
  /** The rotation that meets it. */
  readonly run: RekeyRun
  /** Rotates the same secret by other processes until it is done. */
  readonly rotateByOthers: () => Promise<void>
}

const STOPPED_MS = 6_000
const AWAY_MS = 1_500
const FULL_MS = 4_000
const SEALED_MS = 4_000
const THROTTLED_MS = 6_000
/** Of a clock that jumps. */
const OFFSETS = { 'clock-back': '-1d', 'clock-forward': '+1d' } as const

/** Makes a fault, and resolves when all works again. */
export const MAKE: Readonly<Record<FaultName, (scene: Scene) => Promise<void>>> = {
  async 'stop-service'(scene) {
    const { process: child } = serviceOf(scene)
    child.kill('SIGSTOP')
    await delay(STOPPED_MS)
    child.kill('SIGCONT')
  },
  /** Longer than its lease: others rotate the secret meanwhile, and it goes on afterwards. */
  async 'stop-rotator'({ run, rotateByOthers }) {
    run.signal('SIGSTOP')
    try {
      await rotateByOthers()
    } finally {
      run.signal('SIGCONT')
    }
    await run.ended
  },
  async 'stop-store'({ family }) {
    const server = serverOf(family)
    await server.pause()
    await delay(STOPPED_MS)
    server.resume()
  },
  async 'stop-database'({ family: { database } }) {
    await database.pause()
    await delay(STOPPED_MS)
    await database.resume()
  },
  async 'kill-service'(scene) {
    const service = serviceOf(scene)
    const kill = async () => {
      const { process: child } = service
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    if (service.name === 'frontend') {
      return scene.family.outages.ofFrontend(kill, () => service.start())
    }
    await kill()
    await service.start()
  },
  async 'kill-rotator'({ run }) {
    run.signal('SIGKILL')
    await run.ended
  },
  async 'kill-store'({ family }) {
    const server = serverOf(family)
    await server.kill()
    await delay(AWAY_MS)
    await server.start()
  },
  'kill-database': ({ family: { database, outages } }) =>
    outages.ofDatabase(
      () => database.crash(),
      () => database.start(),
    ),
  failover: ({ family: { database, outages } }) =>
    outages.ofDatabase(
      () => database.failOver(),
      () => Promise.resolve(),
    ),
  async 'full-disk'({ family: { disk } }) {
    await disk?.fill()
    await delay(FULL_MS)
    await disk?.free()
  },
  'clock-back': (scene) => jump(scene, OFFSETS['clock-back']),
  'clock-forward': (scene) => jump(scene, OFFSETS['clock-forward']),
  async seal({ family }) {
    const { vault } = family.stack.storage.servers
    await vault?.seal()
    await delay(SEALED_MS)
    await vault?.unseal()
  },
  async throttle({ family }) {
    const server = serverOf(family)
    await server.throttle(true)
    await delay(THROTTLED_MS)
    await server.throttle(false)
  },
}

/** The clock of the rotation that is under way; its process has begun by it. */
async function jump({ family: { clock }, run }: Scene, offset: string): Promise<void> {
  await clock?.set(offset)
  await run.ended
  await clock?.set('+0')
}

/** Makes ready what a fault needs before it comes. Gives the environment of the rotation that meets it. */
export async function prepare(
  { database, clock }: SoakFamily,
  { fault }: PlannedRound,
): Promise<Record<string, string>> {
  if (fault === 'failover') await database.addStandby()
  return fault in OFFSETS ? { ...clock?.env } : {}
}

function serverOf({ server }: SoakFamily) {
  if (server === undefined) throw new TypeError('this store has no server')
  return server
}

function serviceOf({ family, round }: Scene) {
  const found = family.stack.services.find(({ name }) => name === round.service)
  if (found === undefined) throw new TypeError(`the stack has no ${round.service}`)
  return found
}
