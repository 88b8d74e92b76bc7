import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { databaseKind } from '@rekey/db-pool-rotator/internal/rotate'
import { createFarSideRotation, type RotationKind } from '@rekey/secret/kind'
import type { Actor } from './actor.ts'
import type { LogIn } from './database-connections.ts'
import { DatabaseModel, OWNER } from './database-model.ts'
import { adminPoolOf } from './database-pool.ts'
import { doing } from './doing.ts'
import { type Ask, farSideOf } from './far-side.ts'
import { fetchOf, fleetOf } from './fleet-calls.ts'
import { TIMES } from './scenario.ts'
import { STANDBY } from './standby-model.ts'
import { KEY, type World } from './world.ts'

/** The real kind of the secret of a world, whose every call to the outside is a call of an actor. */
export function kindOf(world: World, actor: Actor): RotationKind {
  const { farSide, scenario } = world
  const fleet = fleetOf(world, actor)
  if (farSide === undefined) {
    const { maxOverlapMs = TIMES.maxOverlapMs, validationMs = TIMES.validationMs } =
      scenario.sabotage ?? {}
    const parties = { sender: 'alpha', receiver: 'beta', environment: 'test' } as const
    const fetch = fetchOf(world, actor)
    return apiKeyKind.rotation({
      ...{ ...parties, ...TIMES, maxOverlapMs, validationMs },
      ...{ fleet, fetch },
    })
  }
  const ask = askOf(world, actor)
  const common = { ...TIMES, name: KEY, service: 'alpha', fleet, nonProduction: true }
  if (farSide instanceof DatabaseModel) {
    const admin = adminPoolOf(farSide, ask)
    const journalOnServer = scenario.isJournalOnServer === true
    return databaseKind.rotation({ ...common, ownerRole: OWNER, admin, journalOnServer })
  }
  return createFarSideRotation({ ...common, kind: 'toy', farSide: farSideOf(world, farSide, ask) })
}

/** How an actor calls the far side of a world. */
export function askOf(world: World, actor: Actor): Ask {
  const { attempt } = actor.known
  const isLate = () => actor.epoch < world.journal.epoch || attempt !== actor.known.attempt
  return (call, work) =>
    actor.ask({
      ...call,
      effect: doing(
        async () => work(isLate()),
        (value) => (typeof value === 'object' ? describeRows(value) : world.nameOf(String(value))),
      ),
    })
}

/** Numbers of roles and processes are given in the order of a run, and decide nothing. */
function describeRows(rows: unknown): string {
  return JSON.stringify(rows, (name, value: unknown) => (name === 'oid' ? undefined : value))
}

/** How an actor logs in at the database of a world. */
export function logInOf(world: World, actor: Actor): LogIn {
  return async (user, password, port) => {
    const { farSide } = world
    if (!(farSide instanceof DatabaseModel)) throw new TypeError('there is no database')
    const isThere = port === STANDBY.port
    const at = isThere ? ' at the standby' : ''
    const call = { object: 'far side', label: `logs in as ${user}${at}`, isWrite: false } as const
    const role = await askOf(world, actor)(call, () => {
      const roles = isThere ? farSide.standby?.roles : undefined
      return farSide.letsIn(user, password, roles) ? farSide.actsAs(user, roles) : 'refused'
    })
    if (role === 'refused') throw Object.assign(new Error(role), { code: '28P01' })
    return role
  }
}
