import { randomBytes } from 'node:crypto'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { Secret } from '@rekey/secret'
import { createFarSideRotation, type FarSide } from '@rekey/secret/kind'
import { createMemoryJournal } from '../../../src/engine/index.ts'
import { type RotateOptions, rotate } from '../../../src/engine/rotate.ts'
import { createFleet } from '../../../src/fleet/fleet.ts'
import { withWorkloads } from '../../../src/fleet/restart/restarted-fleet.ts'
import { withRestarts } from '../../../src/fleet/restart/restarting-kind.ts'
import type { Workload } from '../../../src/fleet/restart/workload.ts'

/** The secret of these tests. */
export const NAME = 'REDIS_SHOP'

/** A far side that accepts both values. */
export function openFarSide() {
  const first = randomBytes(16).toString('hex')
  const store = createMemoryStore({ [NAME]: first })
  const accepted = new Set([first])
  const change = (value: Secret, isAccepted: boolean) => {
    if (isAccepted) accepted.add(value.expose())
    else accepted.delete(value.expose())
    return Promise.resolve()
  }
  const farSide: FarSide = {
    ...{ name: 'the server', noun: 'password', slots: 'two-secrets' },
    plan: () => Promise.resolve({ generate: '', admit: 'the server takes it', revoke: '' }),
    add: ({ pending: { value } }) => change(value, true),
    accepts: (value) => Promise.resolve(accepted.has(value.expose())),
    remove: (value) => change(value, false),
    withdraw: ({ pending: { value } }) => change(value, false),
  }
  return { store, farSide, accepted, first }
}

/** A far side, and the process that is restarted. */
interface Shop extends Pick<ReturnType<typeof openFarSide>, 'store' | 'farSide'> {
  readonly workload: Workload
  readonly deadlineMs?: number
}

/** Returns the rotation of a shop whose process is restarted. */
export function rotateIn(
  { store, farSide, workload, deadlineMs = 2_000 }: Shop,
  isCompromised = false,
) {
  const workloads = new Map([['shop', [workload]]])
  const times = { validationMs: 10, deadlineMs, pollMs: 5 }
  const place = { kind: 'redis', name: NAME, service: 'shop', nonProduction: true }
  const fleet = withWorkloads(createFleet([]), workloads)
  const kind = withRestarts(createFarSideRotation({ ...place, ...times, farSide, fleet }), {
    ...{ workloads, store, deadlineMs, without: [] },
  })
  const options = { store, journal: createMemoryJournal() }
  const done = (more: Partial<RotateOptions> = {}) =>
    rotate(kind, { ...options, compromised: isCompromised, ...more })
  return { kind, done }
}
