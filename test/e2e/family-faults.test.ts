// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { rotate } from '@rekey/rekey/engine'
import { openRotator } from '@rekey/rekey'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import {
  countCertificates,
  type Load,
  openStack,
  orderProfile,
  type Stack,
  startLoad,
} from '@rekey/stack'
import { createBrowser, logIn, runCompiled } from '@rekey/testbed'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'

const VALIDATION_MS = 200
let stack: Stack
let rotator: Rotator
let load: Load

beforeAll(async () => {
  stack = await openStack({ validationMs: VALIDATION_MS })
  rotator = await openRotator({ ...stack.family, validationMs: VALIDATION_MS, deadlineMs: 20_000 })
}, 120_000)
afterAll(async () => {
  await rotator.close()
  await stack.close()
})
beforeEach(() => {
  load = startLoad({ ...stack, people: 2 })
})
afterEach(() => load.stop())

function kindOf(secret: string) {
  const kind = rotator.kinds.get(secret)
  if (kind === undefined) throw new Error(`no ${secret}`)
  return kind
}

async function rotateUntilDone(secret: string): Promise<void> {
  const { store, journal } = rotator
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rotate(kindOf(secret), { store, journal })
      return
    } catch (error) {
      if (attempt === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

async function profilesAfterNow(): Promise<number> {
  const before = load.counts().profiles
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  return load.counts().profiles - before
}

it('R11 PostgreSQL restarts in the middle of a database rotation: run again it finishes, and the services go on', async () => {
  const { store, journal } = rotator
  const restart = async (step: string, phase: string) => {
    if (step === 'promote' && phase === 'end') await stack.postgres.restart()
  }
  const first = rotate(kindOf('database certtransparency'), {
    store,
    journal,
    leaseMs: 1_000,
    onEvent: ({ step, phase }) => restart(step, phase),
  })
  await first.catch(() => rotateUntilDone('database certtransparency'))
  const { pending, previous } = await store.read('DATABASE_CERTTRANSPARENCY')
  expect([pending, previous]).toEqual([undefined, undefined])
  expect(await profilesAfterNow()).toBeGreaterThan(0)
}, 120_000)

it('R20 a service is killed before it has switched: the old key lives on until it is back and has acknowledged', async () => {
  const { store, journal } = rotator
  const frontend = stack.services.find(({ name }) => name === 'frontend')
  const kind = kindOf('api-key frontend:signing')
  const impatient = await openRotator({
    ...stack.family,
    validationMs: VALIDATION_MS,
    deadlineMs: 500,
  })
  const stopped = rotate(impatient.kinds.get('api-key frontend:signing') ?? kind, {
    store,
    journal,
    onEvent: ({ step, phase }) => {
      if (step === 'prove' && phase === 'end') frontend?.process.kill('SIGKILL')
    },
  })
  await expect(stopped).rejects.toMatchObject({ code: 'stuck', step: 'confirm' })
  expect((await store.read(kind.name)).previous).toBeDefined()
  await frontend?.start()
  await rotateUntilDone('api-key frontend:signing')
  expect((await store.read(kind.name)).previous).toBeUndefined()
  await impatient.close()
  expect(await profilesAfterNow()).toBeGreaterThan(0)
}, 120_000)

it('tells whoever asks for a profile no more than to try again while signing is down', async () => {
  const signing = stack.services.find(({ name }) => name === 'signing')
  const url = new URL('/profiles', stack.frontendUrl)
  const browser = createBrowser(stack)
  await logIn({ startUrl: new URL('/login', url), account: 'bob', browser })
  await signing?.stop()
  // frontend goes on asking for 45 seconds.
  const { response } = await orderProfile(stack, browser)
  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({ error: 'try again later' })
  await signing?.start()
  expect(await profilesAfterNow()).toBeGreaterThan(0)
}, 120_000)

it('a second certtransparency on a port that is taken ends at once and says so', async () => {
  const { url = '' } =
    stack.family.fleet.find(({ service }) => service === 'certtransparency') ?? {}
  const main = fileURLToPath(
    new URL('../../services/certtransparency/src/main.ts', import.meta.url),
  )
  const child = spawn(process.execPath, runCompiled(main), {
    env: {
      PATH: process.env['PATH'],
      REKEY_ENVIRONMENT: 'development',
      REKEY_SECRETS: stack.family.store.locator,
      CA_CERTIFICATES_FILE: join(stack.directory, 'ca-certificates.pem'),
      PORT: new URL(url).port,
      HEALTH_PORT: '0',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [stderr, [code]] = await Promise.all([
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  expect({ stderr, code }).toEqual({
    stderr: 'cannot start: the port is taken: stop what listens there, or choose another\n',
    code: 1,
  })
}, 60_000)

it('has every profile’s certificate on record after all of this', async () => {
  const { profiles } = await load.stop()
  const counts = await countCertificates(stack)
  expect(counts.certificatesMissing).toBe(0)
  expect(counts.profilesStored).toBeGreaterThanOrEqual(profiles)
  expect(counts.profilesStored).toBeGreaterThan(0)
})
