import { expect, it } from 'vitest'
import { Secret, SecretError } from '../index.ts'
import type { FarSide, StepContext } from './index.ts'
import {
  context,
  current,
  NAME,
  newRegister,
  pending,
  previous,
  replicaWith,
  rotationAt,
} from '../../test/kind/far-side.support.ts'
import type { Answer, Fleet } from './internal.ts'

type Rotation = ReturnType<typeof rotationAt>

it.each<[string, string, readonly string[], readonly string[], (rotation: Rotation) => unknown]>([
  [
    'admit',
    'did not load both keys',
    ['2'],
    ['2', '1', '3'],
    (rotation) => rotation.admit({ current, pending } as never, context),
  ],
  [
    'confirm',
    'did not use the new key',
    ['1', '2'],
    ['2', '1'],
    (rotation) => rotation.confirm({ current, previous } as never, context),
  ],
  [
    'confirmRevoked',
    'did not drop the old key',
    ['2', '1'],
    ['2'],
    (rotation) => rotation.confirmRevoked?.(previous, context),
  ],
  [
    'the way back',
    'did not use the old key again',
    ['3', '2'],
    ['2', '3'],
    (rotation) => rotation.leave?.({ current, pending } as never, context),
  ],
])('%s waits for the replicas: %s', async (_, message, before, after, step) => {
  const { farSide, calls } = newRegister()
  const late = step(rotationAt(farSide, replicaWith(...before)))
  await expect(late).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(message) as string,
  })
  expect(calls).toEqual([])
  await expect(step(rotationAt(farSide, replicaWith(...after)))).resolves.toBeUndefined()
})

it('proves what the far side accepts, and no other, and revokes what it refuses from then on', async () => {
  const { farSide, calls } = newRegister()
  const rotation = rotationAt(farSide, replicaWith('2', '1', '3'))
  const refused = {
    code: 'rejected',
    message: 'the register refuses the key: see there what it is for',
  }
  await expect(rotation.prove(pending, current, context)).rejects.toMatchObject(refused)
  await rotation.admit({ current, pending } as never, context)
  await rotation.prove(pending, current, context)
  await rotation.revoke({ current, previous: { ...pending, stage: 'previous' } } as never, context)
  await expect(rotation.prove(pending, current, context)).rejects.toMatchObject(refused)
  expect(calls).toEqual(['add', 'remove'])
})

/** Logins by their names, with rights and sessions. */
function newLogins() {
  const { farSide, calls } = newRegister()
  const sessions = [['shop 1', 'shop 1', 'shop 2'], ['shop 2'], [], ['shop 2'], [], []]
  const rights = new Map([[current.value.expose(), 'reads queues']])
  const looks: number[] = []
  const logins: FarSide = {
    ...farSide,
    sessions() {
      const clients = sessions.shift() ?? []
      looks.push(clients.length)
      return Promise.resolve(clients)
    },
    differences: (candidate, reference) => {
      const [has, had] = [candidate, reference].map((value) => rights.get(value.expose()))
      return Promise.resolve(has === had ? [] : [`${had} is of the old one alone`])
    },
    accountOf: (value) => value.expose().replace('value', 'login'),
  }
  return { logins, rights, sessions, looks, calls }
}

it('a login whose sessions can be seen ends once two looks in a row have found none', async () => {
  const { logins, looks } = newLogins()
  const rotation = rotationAt(logins, replicaWith('2', '1'), 5_000)
  await rotation.confirm({ current, previous } as never, context)
  expect(looks).toEqual([3, 1, 0, 1, 0, 0])
})

it('without a time of silence none is observed: sessions alone end the wait', async () => {
  const { logins, looks } = newLogins()
  const saveProgress = () => Promise.reject(new Error('a silence is written down'))
  const rotation = rotationAt(logins, replicaWith('2', '1'), 5_000, 0)
  await rotation.confirm({ current, previous } as never, { ...context, saveProgress })
  expect(looks).toHaveLength(6)
})

it('sessions that stay open keep the old login alive, and are named', async () => {
  const { logins } = newLogins()
  const stubborn = { ...logins, sessions: () => Promise.resolve(['shop 1', 'shop 1']) }
  const rotation = rotationAt(stubborn, replicaWith('2', '1'))
  await expect(rotation.confirm({ current, previous } as never, context)).rejects.toMatchObject({
    code: 'unreachable',
    message: '2 sessions of login 1 are open at the register: shop 1: have them connect anew',
  })
  expect(await rotation.countSessions?.(previous, context.signal)).toEqual([
    { client: 'shop 1', sessions: 2 },
  ])
})

it('a list of sessions that fails is asked for again, and the way back waits for those of the new login', async () => {
  const { logins, sessions, looks } = newLogins()
  let failures = 1
  const flaky: FarSide = {
    ...logins,
    sessions(value, signal) {
      if (failures-- > 0) return Promise.reject(new SecretError('unreachable', 'restarting'))
      expect(value).toBe(pending.value)
      return logins.sessions?.(value, signal) ?? Promise.resolve([])
    },
  }
  const rotation = rotationAt(flaky, replicaWith('2', '3'), 5_000)
  await rotation.leave?.({ current, pending } as never, context)
  expect([looks, sessions]).toEqual([[3, 1, 0, 1, 0, 0], []])
})

it('only an emergency goes on where replicas cannot be listed', async () => {
  const { farSide, calls } = newRegister()
  const unlisted = () => Promise.reject(new SecretError('unreachable', 'no endpoints'))
  const rotation = rotationAt(farSide, { ...replicaWith('2'), acknowledgements: unlisted })
  const admit = (of: StepContext) => rotation.admit({ current, pending } as never, of)
  await expect(admit(context)).rejects.toThrow('no endpoints')
  await admit({ ...context, compromised: true })
  expect(calls).toEqual(['add'])
})

it('a login with other rights is not used, and the journal knows its name', async () => {
  const { logins, rights } = newLogins()
  const rotation = rotationAt(logins, replicaWith('2', '1', '3'))
  await rotation.admit({ current, pending } as never, context)
  await expect(rotation.prove(pending, current, context)).rejects.toMatchObject({
    code: 'rejected',
    message:
      'the two logins have other rights at the register: reads queues is of the old one alone',
  })
  rights.set(pending.value.expose(), 'reads queues')
  await expect(rotation.prove(pending, current, context)).resolves.toBeUndefined()
  expect(rotation.accountOf?.(pending)).toBe('login 3')
})

it('the account of a version that left the store is ended by its name, and attested', async () => {
  const { logins } = newLogins()
  const closed: string[] = []
  const close = (account: string) => Promise.resolve(void closed.push(account))
  const rotation = rotationAt({ ...logins, close }, replicaWith('2'))
  const attested: unknown[] = []
  const attest = (shown: unknown) => Promise.resolve(void attested.push(shown))
  const lost = [{ version: '0', account: 'login 0' }, { version: '1' }]
  expect(await rotation.closeLost?.(lost, { current } as never, { ...context, attest })).toEqual([])
  expect(closed).toEqual(['login 0'])
  expect(attested).toEqual([{ version: '0', evidence: 'login 0 is gone at the register' }])
})

it('a value that the far side was asked to end is not proven again, though it is accepted still and uses are observed after that', async () => {
  const { farSide } = newRegister()
  const asked: unknown[] = []
  let progress: unknown = { seen: 1 }
  const saveProgress = (next: unknown) => Promise.resolve(void (progress = next))
  const next = () => ({ ...context, progress, saveProgress })
  const remove = () => Promise.resolve(void asked.push(progress))
  const slow = { ...farSide, accepts: () => Promise.resolve(true), remove }
  const rotation = rotationAt(slow, replicaWith('2', '1'))
  const staged = { current, previous } as never
  await rotation.prove(previous, current, next())
  await expect(rotation.revoke(staged, next())).rejects.toMatchObject({ code: 'unreachable' })
  const leaked = { ...next(), compromised: true, saveProgress: () => Promise.reject(new Error()) }
  await expect(rotation.revoke(staged, leaked)).rejects.toMatchObject({ code: 'unreachable' })
  expect(asked[0]).toEqual({ seen: 1, ending: previous.version })
  await rotation.confirm(staged, next())
  await expect(rotation.prove(previous, current, next())).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('do not roll back, run the rotation again') as string,
  })
  await rotation.prove(current, previous, next())
})

it.each([
  ['that is in use', current.value.expose(), 'this is the key that is in use: make a new one'],
  ['of another environment', 'dev-value', 'a key for this environment must not begin with dev-'],
])('a value %s is no next one, though the far side chose it', async (_, text, message) => {
  const { farSide } = newRegister()
  const choose = () => Promise.resolve(Secret.of(text, NAME))
  const generated = rotationAt({ ...farSide, choose }, replicaWith('2')).generate(current, context)
  await expect(generated).rejects.toMatchObject({ code: 'refused' })
  await expect(generated).rejects.toThrow(message)
})

it('a replica that uses the old value again and again keeps it alive', async () => {
  const { farSide } = newRegister()
  const fleet = replicaWith('2', '1')
  let uses = 0
  const busy: Fleet = {
    ...fleet,
    async acknowledgements(...of) {
      const [answer] = await fleet.acknowledgements(...of)
      const versions = [{ version: '1', uses: (uses += 1) }]
      const usage = { ...answer?.ack?.usage, versions }
      return [{ ...answer, ack: { ...answer?.ack, usage, end: 'sender' } } as unknown as Answer]
    },
  }
  const confirmed = rotationAt(farSide, busy).confirm({ current, previous } as never, context)
  await expect(confirmed).rejects.toThrow('the old key is still in use: shop at')
})

it('attests no revocation that the far side does not show', async () => {
  const { farSide } = newRegister()
  const stubborn = { ...farSide, accepts: () => Promise.resolve(true) }
  const revoked = rotationAt(stubborn, replicaWith('2')).revoke(
    { current, previous } as never,
    context,
  )
  await expect(revoked).rejects.toMatchObject({ code: 'unreachable' })
})
