import { randomUUID } from 'node:crypto'
import { createFakeClock, SecretError } from '@rekey/secret'
import { STEPS } from '@rekey/secret/internal/kind'
import type { RotationKind, StepContext } from '@rekey/secret/kind'
import { expect, it } from 'vitest'
import {
  createAwsRotationHandler,
  createMemoryJournal,
  type RotationJournal,
} from '../../../src/engine/index.ts'
import type {
  AwsRotationEvent,
  AwsRotationStore,
  LambdaContext,
  RotationEvent,
} from '../../../src/engine/internal.ts'
import { expectOneVersion, FarSide, NAME, newText } from '../far-side.support.ts'

type Handler = (event: AwsRotationEvent, context?: LambdaContext) => Promise<void>

/** What the service gives to each of its steps. */
type Call = Omit<Required<AwsRotationEvent>, 'Step'>

/** What the service does around a rotation function. */
export interface RotatingService {
  /** `RotateSecret`: leaves an empty version that is pending, and gives what the steps are called with. */
  begin(name: string): Promise<Call>
  /** What an event names a secret by. */
  idOf(name: string): string
}

/** A store that has `first`, and the service that rotates what is in it. */
export type OpenRotated = (
  first: Readonly<Record<string, string>>,
) => Promise<{ readonly store: AwsRotationStore; readonly service: RotatingService }>

/** The order in which the service calls (User Guide, "How rotation works"). */
const SERVICE_STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

/** Runs what holds for the rotation function with each service. */
export function describeRotationFunction(open: OpenRotated): void {
  async function setUp() {
    const { store, service } = await open({ [NAME]: newText().expose() })
    const first = (await store.read(NAME)).current.version
    const farSide = new FarSide(first)
    const events: RotationEvent[] = []
    const parts = { store, journal: createMemoryJournal(), kindFor: () => farSide.kind }
    const onEvent = (event: RotationEvent) => void events.push(event)
    const handler = createAwsRotationHandler({ ...parts, onEvent })
    const ended = () => events.filter(({ phase }) => phase === 'end').map(({ step }) => step)
    return { store, service, first, farSide, parts, handler, ended }
  }

  it('takes the seven steps within the four of the service, and the version of the service is current', async () => {
    const { store, service, farSide, handler, ended } = await setUp()
    const call = await service.begin(NAME)
    const passed: string[][] = []
    for (const Step of SERVICE_STEPS) {
      await handler({ ...call, Step })
      passed.push(ended().slice(passed.flat().length))
    }
    expect(passed).toEqual([
      ['generate', 'stage'],
      ['admit'],
      ['admit', 'prove'],
      ['admit', 'prove', 'promote', 'confirm', 'revoke', 'confirm-revoked'],
    ])
    await expectOneVersion(store, farSide)
    const { labels } = await store.describe(call.SecretId)
    expect(labels[call.ClientRequestToken]).toContain('AWSCURRENT')
  })

  it('rotates again and again', async () => {
    const { store, service, farSide, handler } = await setUp()
    const versions = new Set<string>()
    for (let round = 0; round < 3; round += 1) {
      await rotateBy(service, handler)
      versions.add(await expectOneVersion(store, farSide))
    }
    expect(versions.size).toBe(3)
  })

  it('may be called twice for each step', async () => {
    const { store, service, first, farSide, handler } = await setUp()
    const call = await service.begin(NAME)
    const asked: string[][] = []
    for (const Step of SERVICE_STEPS) {
      await handler({ ...call, Step })
      await handler({ ...call, Step })
      asked.push(farSide.calls.splice(0))
    }
    expect(asked.slice(0, 2)).toEqual([[], ['admit', 'admit']])
    expect(await expectOneVersion(store, farSide)).not.toBe(first)
    const rotated = await store.read(NAME)
    for (const Step of SERVICE_STEPS) await handler({ ...call, Step })
    expect((await store.read(NAME)).revision).toBe(rotated.revision)
  })

  const KILL_POINTS = [...STEPS, 'confirm-revoked'].flatMap((step) => [
    `${step} begin`,
    `${step} end`,
  ])

  it.each(KILL_POINTS)(
    'that is killed at %s goes on when the service calls the step again',
    async (point) => {
      const { store, service, first, farSide, parts } = await setUp()
      const died: string[] = []
      const dying = createAwsRotationHandler({
        ...parts,
        onEvent: ({ step, phase }) => {
          if (died.length > 0 || `${step} ${phase}` !== point) return
          died.push(point)
          throw new Error('killed')
        },
      })
      const call = await service.begin(NAME)
      for (const Step of SERVICE_STEPS) {
        const [outcome] = await Promise.allSettled([dying({ ...call, Step })])
        if (outcome.status === 'rejected') await dying({ ...call, Step })
      }
      expect(died).toEqual([point])
      const version = await expectOneVersion(store, farSide)
      expect(version).not.toBe(first)
      const [entry] = await parts.journal.entries([NAME])
      expect(entry?.intent?.outcome).toMatchObject({ version, revoked: first })
    },
  )

  it('that has lost its journal goes on from what the labels say', async () => {
    const { store, service, first, farSide, parts } = await setUp()
    const call = await service.begin(NAME)
    const versions: string[] = []
    for (const Step of [...SERVICE_STEPS, ...SERVICE_STEPS]) {
      const forgetful = { ...parts, journal: createMemoryJournal() }
      await createAwsRotationHandler(forgetful)({ ...call, Step })
      if (Step === 'finishSecret') versions.push(await expectOneVersion(store, farSide))
    }
    // A finished rotation is not begun again.
    expect([versions[0] === first, versions[1]]).toEqual([false, versions[0]])
  })

  it('leaves a rotation alone that another rotator has opened since, when the service calls a finished one again', async () => {
    const { store, service, first, farSide, parts, handler } = await setUp()
    const call = await service.begin(NAME)
    for (const Step of SERVICE_STEPS) await handler({ ...call, Step })
    const version = await expectOneVersion(store, farSide)
    await openRotation(parts.journal, version)
    farSide.calls.length = 0
    await handler({ ...call, Step: 'finishSecret' })
    await handler({ SecretId: call.SecretId, Step: 'revokeSecret' })
    expect([first === version, farSide.calls]).toEqual([false, []])
  })

  it('rolls back what an earlier rotation has begun and not staged, when the service begins the next one', async () => {
    const { store, service, first, farSide, parts, handler } = await setUp()
    await openRotation(parts.journal, first)
    await rotateBy(service, handler)
    expect(await expectOneVersion(store, farSide)).not.toBe(first)
  })

  it('has `revokeSecret` finish what the store has revoked and no replica has confirmed', async () => {
    const { store, service, first, farSide, parts, handler } = await setUp()
    farSide.refuse.set('confirm-revoked', new SecretError('unreachable', 'not yet'))
    await expect(rotateBy(service, handler)).rejects.toMatchObject({ step: 'confirm-revoked' })
    farSide.refuse.clear()
    farSide.calls.length = 0
    await handler({ SecretId: service.idOf(NAME), Step: 'revokeSecret' })
    expect(farSide.calls).toEqual(['confirm-revoked'])
    const version = await expectOneVersion(store, farSide)
    const [entry] = await parts.journal.entries([NAME])
    expect(entry?.intent?.outcome).toMatchObject({ version, revoked: first })
  })

  it.each(['setSecret', 'testSecret'])(
    'ends %s shortly before the invocation is killed, and says to call it again',
    async (Step) => {
      const { service, farSide, parts } = await setUp()
      const clock = createFakeClock()
      let begin = (): void => undefined
      const begun = new Promise<void>((resolve) => (begin = resolve))
      const wait = (_: unknown, { signal }: Pick<StepContext, 'signal'>) => {
        begin()
        return clock.sleep(3_600_000, signal)
      }
      const kind: RotationKind = {
        ...farSide.kind,
        ...(Step === 'setSecret'
          ? { admit: wait }
          : { prove: (_candidate, reference, context) => wait(reference, context) }),
      }
      const slow = { ...parts, clock, leaseMs: 3_600_000, kindFor: () => kind }
      const call = await service.begin(NAME)
      const handler = createAwsRotationHandler(slow)
      await handler({ ...call, Step: 'createSecret' })
      const context = { getRemainingTimeInMillis: () => 60_000 }
      const ending = expect(handler({ ...call, Step }, context)).rejects.toMatchObject({
        ...{ code: 'stopped', reason: 'unreachable', details: { reason: 'timeout' } },
        message: expect.stringContaining('call it again to go on') as string,
      })
      await begun
      await clock.advance(55_000)
      await ending
    },
  )

  it('takes everything back when the new value is refused, and the next rotation begins anew', async () => {
    const { store, service, first, farSide, handler } = await setUp()
    const call = await service.begin(NAME)
    await handler({ ...call, Step: 'createSecret' })
    await handler({ ...call, Step: 'setSecret' })
    farSide.refuse.set('prove', new SecretError('rejected', 'no'))
    const testing = handler({ ...call, Step: 'testSecret' })
    await expect(testing).rejects.toMatchObject({ code: 'rolled-back', reason: 'rejected' })
    expect(await expectOneVersion(store, farSide)).toBe(first)
    const late = handler({ ...call, Step: 'finishSecret' })
    await expect(late).rejects.toMatchObject({ code: 'refused' })
    farSide.refuse.clear()
    await rotateBy(service, handler)
    expect(await expectOneVersion(store, farSide)).not.toBe(first)
  })

  it('refuses a version that is not pending, and a secret that is not rotated by the service', async () => {
    const { store, service, first, farSide, handler } = await setUp()
    const refused = { code: 'refused' }
    const { SecretId } = await service.begin(NAME)
    const stray = { SecretId, ClientRequestToken: randomUUID(), Step: 'createSecret' }
    await expect(handler(stray)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining('begin a new rotation by RotateSecret') as string,
    })
    await expect(handler({ SecretId, Step: 'createSecret' })).rejects.toMatchObject(refused)
    await expect(handler({ ...stray, Step: 'constructor' })).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining(
        'ask for one of createSecret, setSecret, testSecret, finishSecret, revokeSecret',
      ) as string,
    })
    await store.create('OTHER', newText())
    const other = { ...stray, SecretId: service.idOf('OTHER') }
    const { labels } = await store.describe(other.SecretId)
    const [ClientRequestToken = ''] = Object.keys(labels)
    const unrotated = handler({ ...other, ClientRequestToken })
    await expect(unrotated).rejects.toMatchObject({
      ...refused,
      message: 'OTHER is not rotated by AWS: enable rotation for it',
    })
    expect(await expectOneVersion(store, farSide)).toBe(first)
  })

  it('only tries out whether it would work while nothing is staged', async () => {
    const { store, service, first, farSide, handler } = await setUp()
    const call = await service.begin(NAME)
    await handler({ ...call, Step: 'testSecret' })
    expect(farSide.calls).toEqual([])
    expect((await store.read(NAME)).current.version).toBe(first)
  })

  it('leaves a revocation that takes longer than an invocation to `revokeSecret`; the new version is current by then', async () => {
    const { store, service, first, farSide, parts } = await setUp()
    const clock = createFakeClock()
    const onEvent = async ({ step, phase }: RotationEvent) => {
      if (`${step} ${phase}` === 'promote end') await clock.advance(900_000)
    }
    const slow = createAwsRotationHandler({ ...parts, clock, onEvent, leaseMs: 3_600_000 })
    const context = { getRemainingTimeInMillis: () => 600_000 }
    const call = await service.begin(NAME)
    for (const Step of SERVICE_STEPS) await slow({ ...call, Step }, context)
    const open = await store.read(NAME)
    expect(open.previous?.version).toBe(first)
    expect(farSide.accepted.size).toBe(2)
    await slow({ SecretId: call.SecretId, Step: 'revokeSecret' })
    expect(await expectOneVersion(store, farSide)).toBe(open.current.version)
    await slow({ SecretId: call.SecretId, Step: 'revokeSecret' })
    expect(await expectOneVersion(store, farSide)).toBe(open.current.version)
  })

  it('finishes all that is open by `revokeSecret` without a secret; one that fails, or that another rotator holds, keeps no other waiting', async () => {
    const { store, service, farSide, parts } = await setUp()
    farSide.refuse.set('confirm', new SecretError('unreachable', 'not yet'))
    await expect(rotateBy(service, createAwsRotationHandler(parts))).rejects.toThrow('not yet')
    const stopped = createAwsRotationHandler({ ...parts, names: [NAME] })({ Step: 'revokeSecret' })
    await expect(stopped).rejects.toMatchObject({ errors: [{ code: 'stopped' }] })
    farSide.refuse.clear()
    const kindFor = (name: string) =>
      name === NAME ? farSide.kind : Promise.reject(new SecretError('missing', `no ${name}`))
    const finish = createAwsRotationHandler({ ...parts, kindFor, names: ['GONE', 'LOST', NAME] })
    const held = await parts.journal.claim(NAME, 'another', 60_000)
    await expect(finish({ Step: 'revokeSecret' })).rejects.toThrow(/finished: GONE, LOST$/)
    expect((await store.read(NAME)).previous).toBeDefined()
    await held.release()
    await expect(finish({ Step: 'revokeSecret' })).rejects.toMatchObject({
      errors: [{ code: 'missing' }, { code: 'missing' }],
    })
    await expectOneVersion(store, farSide)
    await createAwsRotationHandler({ ...parts, names: [NAME] })({ Step: 'revokeSecret' })
    await createAwsRotationHandler(parts)({ Step: 'revokeSecret' })
    await expect(finish({ Step: 'finishSecret' })).rejects.toMatchObject({ code: 'malformed' })
  })

  it('tells the service that a step was not done when the invocation ends before promote', async () => {
    const { store, service, first, parts } = await setUp()
    const clock = createFakeClock()
    const onEvent = async ({ step, phase }: RotationEvent) => {
      if (`${step} ${phase}` === 'prove end') await clock.advance(900_000)
    }
    const slow = createAwsRotationHandler({ ...parts, clock, onEvent, leaseMs: 3_600_000 })
    const call = await service.begin(NAME)
    await slow({ ...call, Step: 'createSecret' })
    const finishing = slow(
      { ...call, Step: 'finishSecret' },
      { getRemainingTimeInMillis: () => 60_000 },
    )
    await expect(finishing).rejects.toMatchObject({ code: 'stopped', reason: 'unreachable' })
    expect((await store.read(NAME)).current.version).toBe(first)
  })

  it('finishes the rotation before it when the next one begins', async () => {
    const { store, service, first, farSide, handler } = await setUp()
    farSide.refuse.set('confirm', new SecretError('unreachable', 'not yet'))
    const stopped = rotateBy(service, handler)
    await expect(stopped).rejects.toMatchObject({ code: 'stopped', step: 'confirm' })
    expect((await store.read(NAME)).previous?.version).toBe(first)
    farSide.refuse.clear()
    await rotateBy(service, handler)
    await expectOneVersion(store, farSide)
  })
}

/** Another rotator opens a rotation with a key of its own, and makes nothing. */
async function openRotation(journal: RotationJournal, version: string): Promise<void> {
  const claim = await journal.claim(NAME, 'another', 60_000)
  await claim.setIntent({ mode: 'forward', from: { version }, request: 'of another' })
  await claim.release()
}

/** A rotation from its beginning to its end. */
async function rotateBy(service: RotatingService, handler: Handler): Promise<void> {
  const begun = await service.begin(NAME)
  for (const Step of SERVICE_STEPS) await handler({ ...begun, Step })
}
