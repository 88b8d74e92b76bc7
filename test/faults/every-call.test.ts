import { rollBack, rotate, RotationError, type RotationEvent } from '@rekey/rotation'
import { findPostgresServers } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiKeyScene } from './api-key-scene.ts'
import { openClientSecretScene } from './client-secret-scene.ts'
import { openDatabaseScene } from './database-scene.ts'
import { openIntegrationScene } from './integration-scene.ts'
import { type Fault, Mortal } from './mortal.ts'
import type { RotationScene, SceneRotator } from './rotation-scene.ts'
import { openTlsScene } from './tls-scene.ts'

/** A rotator is set to work. */
interface Errand {
  /** What another rotator has left. */
  readonly prepare?: (rotator: SceneRotator) => Promise<unknown>
  readonly run: (rotator: SceneRotator) => Promise<unknown>
  /** Whether it ends what uses the old version. */
  readonly cutsOff?: boolean
}

/** Stops where the next step is `confirm`. */
const promoteOnly = ({ kind, options }: SceneRotator) => {
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

const servers = await findPostgresServers()

/** What each secret is put through: the ways to go back and to hurry are the same on every server. */
const SCENES: readonly (readonly [string, () => Promise<RotationScene>, readonly string[]])[] = [
  ['an API key', openApiKeyScene, Object.keys(ERRANDS)],
  ['a client secret where two are held', () => openClientSecretScene(2), Object.keys(ERRANDS)],
  ['a client secret where one is held', () => openClientSecretScene(1), ['rotate']],
  ['a TLS identity', openTlsScene, Object.keys(ERRANDS)],
  [
    'a credential that a third party makes',
    () => openIntegrationScene({ holds: 2, takesValues: false }),
    Object.keys(ERRANDS),
  ],
  [
    'a credential where one is held',
    () => openIntegrationScene({ holds: 1, takesValues: true }),
    ['rotate'],
  ],
  ...servers.map(
    ([name, binDirectory], n) =>
      [
        `a login of ${name}`,
        () => openDatabaseScene(binDirectory),
        n === 0 ? Object.keys(ERRANDS) : ['rotate'],
      ] as const,
  ),
]

describe.each(SCENES)('%s', (_, open, names) => {
  const errands = Object.entries(ERRANDS).filter(([name]) => names.includes(name))
  let scene: RotationScene
  beforeAll(async () => {
    scene = await open()
  }, 60_000)
  afterAll(() => scene.close())

  it.each(errands)(
    'converges after a fault at every call of: %s',
    async (_name, errand) => {
      const failures: string[] = []
      for (const kind of ['killed', 'cut'] as const) {
        let at = 1
        for (; ; at += 1) {
          const call = await run(scene, errand, { at, kind })
          const failure = await resume(scene, errand).catch(String)
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
  scene: RotationScene,
  { prepare, run }: Errand,
  fault: Fault,
): Promise<string | undefined> {
  if (prepare !== undefined) await asLiving(scene, prepare)
  const mortal = new Mortal(fault)
  const finished = work(scene, run, mortal).catch((error: unknown) => {
    if (mortal.cut === undefined) throw error
  })
  return Promise.race([mortal.died, finished.then(() => mortal.cut)])
}

async function work(scene: RotationScene, run: Errand['run'], mortal: Mortal): Promise<void> {
  const rotator = await scene.rotator(mortal)
  try {
    await run(rotator)
  } finally {
    await rotator.close?.()
  }
}

/** Another rotator is told to rotate until it has. */
async function resume(scene: RotationScene, { cutsOff = false }: Errand): Promise<undefined> {
  await scene.expireLease()
  await asLiving(scene, async ({ kind, options }) => {
    try {
      await rotate(kind, options)
    } catch (error) {
      if (!(error instanceof RotationError) || error.code !== 'rolled-back') throw error
      await rotate(kind, options)
    }
  })
  await scene.check(cutsOff)
}

async function asLiving(scene: RotationScene, run: Errand['run']): Promise<void> {
  await work(scene, run, new Mortal())
}
