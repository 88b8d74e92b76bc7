// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { rotate } from '@rekey/rekey/engine'
import { listLogins } from '@rekey/db-pool-rotator/roles'
import { STEPS } from '@rekey/secret/internal/kind'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import { openStack, type Stack, startLoad, type Load } from '@rekey/stack'
import { isExhaustive, runCompiled } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endLease, LEASE_MS } from './end-lease.ts'

const VALIDATION_MS = 200
const KILLED_ROTATOR = fileURLToPath(new URL('./rotate-and-die.ts', import.meta.url))

let stack: Stack
let rotator: Rotator
let load: Load

beforeAll(async () => {
  stack = await openStack({ validationMs: VALIDATION_MS })
  rotator = await openRotator({ ...stack.family, validationMs: VALIDATION_MS })
  load = startLoad({ ...stack, people: 2 })
}, 120_000)
afterAll(async () => {
  await load.stop()
  await rotator.close()
  await stack.close()
})

const points = STEPS.flatMap((step) => [`${step} begin`, `${step} end`])

describe.each(['api-key frontend:signing', 'database certtransparency'])('%s', (target) => {
  const turn = target.startsWith('api-key') ? 0 : 1
  it.each(points.filter((_, nth) => isExhaustive || nth % 2 === turn))(
    'converges after kill -9 at %s, with no failed request and no orphan',
    async (point) => {
      const before = await read(target)
      expect(await dieAt(target, point)).toBe('SIGKILL')
      await resume(target)
      const after = await read(target)
      expect(after.current.version).not.toBe(before.current.version)
      expect([after.pending, after.previous]).toEqual([undefined, undefined])
      expect(await loginsOf('certtransparency')).toHaveLength(1)
      expect(load.counts()).toMatchObject({ failures: 0, failuresByReason: {} })
    },
    60_000,
  )
})

it('issued profiles all the while', () => {
  expect(load.counts().profiles).toBeGreaterThan(0)
})

function kindOf(target: string) {
  const kind = rotator.kinds.get(target)
  if (kind === undefined) throw new Error(`no ${target}`)
  return kind
}

function read(target: string) {
  return rotator.store.read(kindOf(target).name)
}

async function dieAt(target: string, point: string): Promise<NodeJS.Signals | null> {
  const args = [...runCompiled(KILLED_ROTATOR), target, point, stack.directory, String(LEASE_MS)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal
}

/** Runs the rotation again once the lease of the dead rotator is over. */
async function resume(target: string): Promise<void> {
  const { store, journal } = rotator
  await endLease(stack, kindOf(target).name)
  await rotate(kindOf(target), { store, journal })
}

async function loginsOf(ownerRole: string): Promise<string[]> {
  const client = await rotator.adminPool(ownerRole).connect()
  try {
    return (await listLogins(client, ownerRole)).map(({ name }) => name)
  } finally {
    client.release()
  }
}
