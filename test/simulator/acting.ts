import { AsyncLocalStorage } from 'node:async_hooks'
import { systemClock } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import type { VirtualProcess } from './virtual-process.ts'

/** Whose code runs, and the client library that it gets where it asks for one. */
export interface Acting {
  readonly process: VirtualProcess
  readonly driver: object
}

const acting = new AsyncLocalStorage<Acting>()
const machine = { ...systemClock }
const clock = () => acting.getStore()?.process.clock ?? machine

// Code that is given no clock takes this one: in a process of a model it is the clock of that process.
Object.assign(systemClock, {
  now: () => clock().now(),
  elapsed: () => clock().elapsed(),
  sleep: (...of: Parameters<typeof systemClock.sleep>) => clock().sleep(...of),
})

/** Runs code, and all that it begins, as that of a process. */
export function actAs<T>(as: Acting, work: () => T): T {
  return acting.run(as, work)
}

/** The process whose code runs. */
export function actingProcess(): VirtualProcess {
  const { process } = acting.getStore() ?? {}
  if (process === undefined) throw new TypeError('no process acts')
  return process
}

/** The steps of a rotation as a process takes them. */
export function stepsOf(as: Acting, kind: RotationKind): RotationKind {
  const steps = Object.entries(kind).map(([name, part]: [string, unknown]) => {
    if (typeof part !== 'function') return [name, part] as const
    return [name, (...of: unknown[]) => actAs(as, () => part.apply(kind, of) as unknown)] as const
  })
  return Object.fromEntries(steps) as unknown as RotationKind
}

type ImportPeer = <T>(peer: object, load: () => Promise<T>) => Promise<T>

/**
 * `@rekey/secret/internal` for `vi.mock`: the one call by which a kind loads a client library gives a process of a model the client of
 * its server.
 */
export function withDrivers<M extends { readonly importPeer: ImportPeer }>(real: M): M {
  const importPeer: ImportPeer = <T>(peer: object, load: () => Promise<T>) => {
    const { driver } = acting.getStore() ?? {}
    return driver === undefined ? real.importPeer(peer, load) : Promise.resolve(driver as T)
  }
  return { ...real, importPeer }
}
