import { randomBytes } from 'node:crypto'
import {
  createMemoryJournal,
  planRotation,
  rotate,
  type RotationJournal,
} from '@rekey/rekey/engine'
import { NON_PRODUCTION_PREFIX, Secret, SecretError, type SecretStore } from '@rekey/secret'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DatabaseCredentials, formatDatabaseUrl } from '../index.ts'
import { admitLogin } from '../roles/index.ts'
import { at, dieAt, openServer } from '../../test/rotate/database-kind.support.ts'

let server: Awaited<ReturnType<typeof openServer>>
beforeAll(async () => {
  server = await openServer(undefined)
})
afterAll(() => server.close())

async function open() {
  const fixture = await server.setUp()
  const { store, options, name, login } = fixture
  const secret = `DATABASE_${name.toUpperCase()}`
  const first = (await store.read(secret)).current
  const receipts = async (journal = options.journal) => {
    const entry = (await journal.entries()).find((each) => each.secret === secret)
    return entry?.intent?.receipts?.map(({ version }) => version) ?? []
  }
  /** What a person does who needs another login at once, and knows nothing of rotations. */
  const setByHand = async (user: string) => {
    const byHand = { ...login, user, password: newPassword() }
    await admit(name, byHand)
    await replace(store, secret, formatDatabaseUrl(byHand))
  }
  return { ...fixture, secret, first, receipts, setByHand }
}

function newPassword(): string {
  return NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
}

async function admit(ownerRole: string, { user, password }: DatabaseCredentials): Promise<void> {
  const client = await server.admin.connect()
  await admitLogin(client, { ownerRole, login: user, password: Secret.of(password, user) })
  client.release()
}

async function replace(store: SecretStore, name: string, text: string): Promise<void> {
  const { revision, pending } = await store.read(name)
  const bare = pending === undefined ? { revision } : await store.abort(name, revision)
  const staged = await store.stage(name, Secret.of(text, name), bare.revision)
  const promoted = await store.promote(name, staged.revision)
  await store.revoke(name, promoted.revision)
}

it.each([
  ['plainly', {}],
  ['as compromised', { compromised: true }],
])(
  'R33 the rotator died before it staged, and the secret was set by hand: rotated %s, the old login is refused',
  async (_, how) => {
    const { kind, options, login, logins, name, store, pool, ...fixture } = await open()
    const dying = rotate(kind(), { ...options, onEvent: dieAt('stage begin') })
    await expect(dying).rejects.toThrow('killed')
    await fixture.setByHand(`${name}_hand`)
    const user = async () =>
      (await pool.query<{ by: string }>('select session_user as by')).rows[0]?.by
    await expect.poll(user, { timeout: 10_000 }).toBe(`${name}_hand`)
    const thief = new pg.Client({ ...login, application_name: 'thief' })
    thief.on('error', () => undefined)
    await thief.connect()
    await thief.query(`set role ${name}`)

    const byHand = (await store.read(fixture.secret)).current
    const rotated = await rotate(kind(1_500), { ...options, ...how })

    await expect(new pg.Client(login).connect()).rejects.toMatchObject({ code: '28P01' })
    await expect(thief.query('select 1')).rejects.toThrow()
    const { version } = (await store.read(fixture.secret)).current
    expect(rotated).toEqual({
      ...{ secret: fixture.secret, version, revoked: byHand.version },
      closed: [`${name}_g1`],
    })
    expect(await logins()).toEqual([`${name}_g2`])
    expect(await fixture.receipts()).toEqual([byHand.version, fixture.first.version])
    expect(await user()).toBe(`${name}_g2`)
  },
  60_000,
)

it('R33 the secret was set by hand between two rotations: the login that nothing names any more is closed', async () => {
  const { kind, options, logins, name, setByHand } = await open()
  await rotate(kind(), options)
  await setByHand(`${name}_hand`)
  expect(await rotate(kind(1_500), options)).toMatchObject({ closed: [`${name}_g2`] })
  expect(await logins()).toEqual([`${name}_g3`])
})

/** The logins of the fixture that nothing in its store names: of a person, of a BI tool within a group, and of another family. */
async function addStrangers(name: string): Promise<string[]> {
  const strangers = [`${name}_bi`, `${name}_g77`, `${name}_own`]
  await server.admin.query(`create role ${name}_own login in role ${name}`)
  await server.admin.query(`create role ${name}_group nologin in role ${name}`)
  await server.admin.query(`create role ${name}_bi login in role ${name}_group`)
  await server.admin.query(`create role ${name}_g77 login in role ${name}`)
  return strangers
}

async function mayLogIn(names: readonly string[]): Promise<boolean[]> {
  const one = 'select rolcanlogin as may from pg_roles where rolname = any($1) order by rolname'
  return (await server.admin.query<{ may: boolean }>(one, [names])).rows.map(({ may }) => may)
}

it('R33 a plain rotation closes what rotations of this secret made, and reports the others', async () => {
  const { kind, options, name, setByHand } = await open()
  await rotate(kind(), options)
  const strangers = await addStrangers(name)
  expect(await rotate(kind(), options)).toMatchObject({ strangers })
  await setByHand(`${name}_hand`)
  const rotated = await rotate(kind(1_500), options)
  expect(rotated).toMatchObject({ closed: [`${name}_g78`], strangers })
  expect(rotated).not.toHaveProperty('unproven')
  expect(await mayLogIn(strangers)).toEqual([true, true, true])
})

it.each([
  ['as compromised', { compromised: true }],
  ['with closeStrangers', { closeStrangers: true }],
])(
  'R33 a rotation %s closes every login of the owner role, and drops none of another origin',
  async (_, how) => {
    const { kind, options, name } = await open()
    const strangers = await addStrangers(name)
    const rotated = await rotate(kind(), { ...options, ...how })
    expect(rotated).toMatchObject({ closed: strangers })
    expect(rotated).not.toHaveProperty('strangers')
    expect(await mayLogIn(strangers)).toEqual([false, false, false])
  },
)

it('R33 a login that was made by a rotation and never came into the store is closed by the next one', async () => {
  const { kind, options, name, logins, setByHand } = await open()
  await expect(rotate(kind(), { ...options, onEvent: dieAt('admit end') })).rejects.toThrow(
    'killed',
  )
  await setByHand(`${name}_hand`)
  expect(await rotate(kind(1_500), options)).toMatchObject({ closed: [`${name}_g1`, `${name}_g2`] })
  expect(await logins()).toEqual([`${name}_g3`])
})

it('R33 a journal without accounts closes nothing plainly, and proves nothing of what is lost', async () => {
  const { kind, options, name, first, setByHand } = await open()
  await expect(rotate(kind(), { ...options, onEvent: dieAt('stage begin') })).rejects.toThrow(
    'killed',
  )
  await server.admin.query(`update rekey.rotation set intent = intent - 'accounts'`)
  await setByHand(`${name}_hand`)
  expect(await rotate(kind(1_500), options)).toMatchObject({
    ...{ strangers: [`${name}_g1`], unproven: [first.version] },
  })
  expect(await mayLogIn([`${name}_g1`])).toEqual([true])
})

it('R33 the plan lists the logins that would be closed, and those that stay', async () => {
  const { kind, options, name, setByHand } = await open()
  await rotate(kind(), options)
  const others = await addStrangers(name)
  await setByHand(`${name}_hand`)
  const recorded = [`${name}_g2`]
  expect(await planRotation(kind(), options)).toMatchObject({ strangers: { recorded, others } })
})

it('R33 a login and its receipt end in one transaction: where that fails, there is neither', async () => {
  const { kind, options, first, logins, name, receipts } = await open()
  let transactions = 0
  const onEvent = at('revoke begin', () => Promise.resolve(void (transactions = 1)))
  /** The second transaction of `revoke`, which drops the login, is cut before its commit. */
  const cut: RotationJournal['claim'] = async (...request) => {
    const claim = await options.journal.claim(...request)
    const { transaction } = claim
    if (transaction === undefined) throw new TypeError('this journal has transactions')
    return {
      ...claim,
      transaction: (work) =>
        transaction(async (client) => {
          const done = await work(client)
          if (transactions > 0) transactions += 1
          if (transactions === 3) throw new SecretError('unreachable', 'cut')
          return done
        }),
    }
  }
  const stopped = rotate(kind(), {
    ...options,
    journal: { ...options.journal, claim: cut },
    onEvent,
  })
  await expect(stopped).rejects.toMatchObject({ code: 'stopped', step: 'revoke' })
  expect([await receipts(), await logins()]).toEqual([[], [`${name}_g1`, `${name}_g2`]])
  expect(await rotate(kind(), options)).toMatchObject({ revoked: first.version })
  expect([await receipts(), await logins()]).toEqual([[first.version], [`${name}_g2`]])
})

it('R33 a journal elsewhere gets the receipt after the login is gone; without one, the server is asked', async () => {
  const { kind, options, first, logins, name, store, secret, receipts } = await open()
  const journal = createMemoryJournal()
  const elsewhere = { ...options, journal }
  await expect(rotate(kind(), { ...elsewhere, onEvent: dieAt('revoke begin') })).rejects.toThrow(
    'killed',
  )
  // Somebody drops the old value from the store by hand, so that only the server knows of the old login.
  await store.revoke(secret, (await store.read(secret)).revision)
  expect(await receipts(journal)).toEqual([])
  const rotated = await rotate(kind(), elsewhere)
  expect(rotated).toMatchObject({ revoked: first.version, closed: [`${name}_g1`] })
  expect([await receipts(journal), await logins()]).toEqual([[first.version], [`${name}_g2`]])
})
