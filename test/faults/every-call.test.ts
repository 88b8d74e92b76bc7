// @lane servers
import { rollBack, rotate, RotationError } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { findForTest, findPostgresServers, isExhaustive } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiKeyFixture } from './api-key-fixture.ts'
import { openClientSecretFixture } from './client-secret-fixture.ts'
import { openDatabaseFixture } from './database-fixture.ts'
import { openIntegrationFixture } from './integration-fixture.ts'
import { openMongoDbFixture } from './mongodb-fixture.ts'
import { type Fault, Mortal } from './mortal.ts'
import type { RotationFixture, FixtureRotator } from './rotation-fixture.ts'
import { openMariaDbFixture, openRabbitMqFixture, openRedisFixture } from './server-fixture.ts'
import { openSigningFixture } from './signing-fixture.ts'
import { openTlsFixture } from './tls-fixture.ts'
import { openToyFixture } from './toy/toy-fixture.ts'

/** A rotator is set to work. */
interface Errand {
  /** What another rotator has left. */
  readonly prepare?: (rotator: FixtureRotator) => Promise<unknown>
  readonly run: (rotator: FixtureRotator) => Promise<unknown>
  /** Whether it ends what uses the old version. */
  readonly cutsOff?: boolean
}

/** Stops where the next step is `confirm`. */
const promoteOnly = ({ kind, options }: FixtureRotator) => {
  const stop = new AbortController()
  const onEvent = ({ step, phase }: RotationEvent) => {
    if (step === 'promote' && phase === 'end') stop.abort(new Error('stopped'))
  }
  const promoted = rotate(kind, { ...options, signal: stop.signal, onEvent })
  return expect(promoted).rejects.toThrow('stopped')
}

const ERRANDS: Readonly<Record<string, Errand>> = {
  rotate: { run: ({ kind, options }) => rotate(kind, options) },
  'rotate what leaked': {
    run: ({ kind, options }) => rotate(kind, { ...options, compromised: true }),
    cutsOff: true,
  },
  'roll back': { prepare: promoteOnly, run: ({ kind, options }) => rollBack(kind, options) },
}

/** Each goes over the calls, with the fault that it has for the nth of those that it meets. */
const PASSES: readonly ((nth: number) => Fault['kind'])[] = isExhaustive
  ? [() => 'killed', () => 'cut']
  : [(nth) => (nth % 2 === 0 ? 'cut' : 'killed')]

/** From one call that meets a fault to the next: the steps of the other errands are those of `rotate` in another order. */
const strideOf = (errand: Errand) => (isExhaustive ? 1 : errand === ERRANDS['rotate'] ? 2 : 4)

const servers = await findPostgresServers()
const redis = await findForTest('redis-server')
const mariadbd = await findForTest('mariadbd')
const rabbit = await findForTest('rabbitmq-server')
const ferretdb = await findForTest('ferretdb')

/** What each secret is put through: the ways to go back and to hurry are the same on every server. */
const FIXTURES: readonly (readonly [string, () => Promise<RotationFixture>, readonly string[]])[] =
  [
    ['an API key', openApiKeyFixture, Object.keys(ERRANDS)],
    ['a client secret where two are held', () => openClientSecretFixture(2), Object.keys(ERRANDS)],
    ['a client secret where one is held', () => openClientSecretFixture(1), ['rotate']],
    ['a TLS identity', openTlsFixture, Object.keys(ERRANDS)],
    ['a secret of sessions', openSigningFixture, Object.keys(ERRANDS)],
    ['a key of a toy server', openToyFixture, Object.keys(ERRANDS)],
    [
      'a credential that a third party makes',
      () => openIntegrationFixture({ holds: 2, takesValues: false }),
      Object.keys(ERRANDS),
    ],
    [
      'a credential where one is held',
      () => openIntegrationFixture({ holds: 1, takesValues: true }),
      ['rotate'],
    ],
    ...(redis.found
      ? [['a password of Redis', () => openRedisFixture(redis.path), Object.keys(ERRANDS)] as const]
      : []),
    ...(rabbit.found
      ? [
          [
            'a login of RabbitMQ',
            () => openRabbitMqFixture(rabbit.path),
            Object.keys(ERRANDS),
          ] as const,
        ]
      : []),
    ...(mariadbd.found
      ? [
          [
            'a password of MariaDB',
            () => openMariaDbFixture(mariadbd.path),
            Object.keys(ERRANDS),
          ] as const,
        ]
      : []),
    ...(ferretdb.found
      ? [['a login of MongoDB', () => openMongoDbFixture(ferretdb.path), ['rotate']] as const]
      : []),
    ...servers.map(
      ([name, binDirectory], n) =>
        [
          `a login of ${name}`,
          () => openDatabaseFixture(binDirectory),
          n === 0 ? Object.keys(ERRANDS) : ['rotate'],
        ] as const,
    ),
  ]

describe.each(FIXTURES)('%s', (_, open, names) => {
  const errands = Object.entries(ERRANDS).filter(([name]) => names.includes(name))
  let fixture: RotationFixture
  beforeAll(async () => {
    fixture = await open()
  }, 60_000)
  afterAll(() => fixture.close())

  it.each(errands)(
    `converges after a fault at ${isExhaustive ? 'every call' : 'every second or fourth call'} of: %s`,
    async (_name, errand) => {
      const failures: string[] = []
      for (const kindAt of PASSES) {
        let at = 1
        for (let nth = 1; ; nth += 1, at += strideOf(errand)) {
          const kind = kindAt(nth)
          const call = await run(fixture, errand, { at, kind })
          const failure = await resume(fixture, errand).catch(String)
          if (failure !== undefined)
            failures.push(`${kind} at call ${at}, ${call ?? ''}: ${failure}`)
          if (call === undefined) break
        }
        expect(at).toBeGreaterThan(15)
      }
      expect(failures).toEqual([])
    },
    900_000,
  )
})

/** Runs the errand with a fault; gives the call at which it happened, or undefined if the errand came to its end before. */
async function run(
  fixture: RotationFixture,
  { prepare, run }: Errand,
  fault: Fault,
): Promise<string | undefined> {
  if (prepare !== undefined) await asLiving(fixture, prepare)
  const mortal = new Mortal(fault)
  const finished = work(fixture, run, mortal).catch((error: unknown) => {
    if (mortal.cut === undefined) throw error
  })
  return Promise.race([mortal.died, finished.then(() => mortal.cut)])
}

async function work(fixture: RotationFixture, run: Errand['run'], mortal: Mortal): Promise<void> {
  const rotator = await fixture.rotator(mortal)
  try {
    await run(rotator)
  } finally {
    await rotator.close?.()
  }
}

/** Another rotator is told to rotate until it has. */
async function resume(fixture: RotationFixture, { cutsOff = false }: Errand): Promise<undefined> {
  await fixture.expireLease()
  await asLiving(fixture, async ({ kind, options }) => {
    try {
      await rotate(kind, options)
    } catch (error) {
      if (!(error instanceof RotationError) || error.code !== 'rolled-back') throw error
      await rotate(kind, options)
    }
  })
  await fixture.check(cutsOff)
}

async function asLiving(fixture: RotationFixture, run: Errand['run']): Promise<void> {
  await work(fixture, run, new Mortal())
}
