// @lane servers
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openListener,
  openRotatingPool,
  postgresLogin,
  createPool,
  openConnection,
  parseDatabaseUrl,
} from '@rekey/db-pool-rotator'
import { proveLogin } from '@rekey/db-pool-rotator/internal'
import { openRotatingSql } from '@rekey/db-pool-rotator/postgres-js'
import { databaseAccess } from '@rekey/db-pool-rotator/internal/inspection'
import { defineFamily, openRotator } from '@rekey/rekey'
import { openPostgresJournal } from '@rekey/rekey/engine'
import { createLiveSecret } from '@rekey/secret/internal'
import { Secret, type SecretVersion } from '@rekey/secret'
import { openDotenvStore } from '@rekey/config-loader/store'
import type { SqlClient } from '@rekey/secret/kind'
import { openPostgres, type Postgres } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTlsDatabase, type TlsDatabase } from './tls-database.ts'

/** Makes a connection with the credentials, and asks whether it is encrypted. */
type Attempt = (credentials: DatabaseCredentials) => Promise<boolean>

const NAME = 'DATABASE_APP'
const IS_ENCRYPTED = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'

async function isEncrypted(database: SqlClient): Promise<boolean> {
  const { rows } = await database.query<{ ssl: boolean }>(IS_ENCRYPTED)
  return rows[0]?.ssl === true
}

function versionOf(credentials: DatabaseCredentials): SecretVersion<DatabaseCredentials> {
  const value = Secret.of(credentials, NAME)
  return { name: NAME, version: 'v1', stage: 'current', value, sensitive: [] }
}

function liveOf(credentials: DatabaseCredentials) {
  const staged = { name: NAME, revision: '1', current: versionOf(credentials) }
  return createLiveSecret(staged, { refresh: () => Promise.resolve() })
}

const QUICK = { loginRetryMs: 200, prewarm: 1 }

/** Every way in which the project connects. A proof keeps no connection, so a second one is asked. */
const CONNECTIONS: Readonly<Record<string, Attempt>> = {
  async pool(credentials) {
    await using pool = await openRotatingPool({ ...QUICK, credentials: liveOf(credentials) })
    return await isEncrypted(pool)
  },
  async listener(credentials) {
    await using pool = await openRotatingPool({ ...QUICK, credentials: liveOf(credentials) })
    const listener = await openListener(pool, { channels: ['a'], onNotification: () => undefined })
    const encrypted = await isEncrypted(pool)
    await listener.close()
    return encrypted
  },
  async 'postgres.js'(credentials) {
    const { loginRetryMs } = QUICK
    await using sql = await openRotatingSql({ loginRetryMs, credentials: liveOf(credentials) })
    const [row] = await sql.unsafe<{ ssl: boolean }[]>(IS_ENCRYPTED)
    return row?.ssl === true
  },
  async probe(credentials) {
    const { signal } = new AbortController()
    await postgresLogin().probe?.(versionOf(credentials), { settings: {}, signal })
    return lastWasEncrypted(credentials)
  },
  async proof(credentials) {
    await proveLogin(Secret.of(credentials, NAME))
    return lastWasEncrypted(credentials)
  },
  async journal(credentials) {
    const pool = createPool(credentials)
    try {
      await openPostgresJournal(pool)
      return await isEncrypted(pool)
    } finally {
      await pool.end()
    }
  },
  async rotator(credentials) {
    const directory = await mkdtemp(join(tmpdir(), 'rekey-tls-rotator-'))
    try {
      const path = join(directory, '.env')
      const login = Secret.of(formatDatabaseUrl(credentials), 'DATABASE_ROTATOR')
      await using store = await openDotenvStore({ path })
      await store.create('DATABASE_ROTATOR', login)
      await using rotator = await openRotator({
        ...defineFamily({ services: ['frontend'] }),
        store: { locator: `dotenv:${path}`, variables: {} },
        fleet: [],
        validationMs: 0,
        auditDirectory: join(directory, 'audit'),
      })
      const pool = rotator.adminPool('postgres')
      const client = await pool.connect()
      try {
        const access = databaseAccess(client, pool.options)
        const others = await access.open('other', isEncrypted)
        return others && (await isEncrypted(client))
      } finally {
        client.release()
      }
    } finally {
      await rm(directory, { recursive: true })
    }
  },
}

/** A connection that is made in the same way, as what was asked leaves none. */
async function lastWasEncrypted(credentials: DatabaseCredentials): Promise<boolean> {
  await using client = await openConnection(credentials)
  return await isEncrypted(client)
}

/** What is refused says why, without the password. */
async function refusalOf(attempt: Attempt, credentials: DatabaseCredentials): Promise<unknown> {
  const error: unknown = await attempt(credentials).then(
    (encrypted) => `connected, ${encrypted ? 'encrypted' : 'in clear text'}`,
    (reason: unknown) => reason,
  )
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(credentials.password)
  return error
}

const UNREACHABLE = expect.objectContaining({ code: 'unreachable' }) as unknown

let database: TlsDatabase
let plain: Postgres
beforeAll(async () => {
  database = await openTlsDatabase()
  plain = await openPostgres()
}, 60_000)
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await plain.close()
})

describe.each(Object.entries(CONNECTIONS))('R43: the %s', (_, attempt) => {
  /** The login, by its URL, so that the parameters are read as they are from a store. */
  const login = (parameters: Partial<DatabaseCredentials>, of = database.login) =>
    parseDatabaseUrl(formatDatabaseUrl({ ...of, ...parameters }))

  it('refuses a certificate of an unknown CA with verify-full', async () => {
    expect(await refusalOf(attempt, login({ sslmode: 'verify-full' }))).toEqual(UNREACHABLE)
    const other = login({ sslmode: 'verify-full', sslrootcert: database.otherCa })
    expect(await refusalOf(attempt, other)).toEqual(UNREACHABLE)
  })

  it('refuses a certificate of an unknown CA with verify-ca and with require', async () => {
    const other = { sslrootcert: database.otherCa }
    expect(await refusalOf(attempt, login({ sslmode: 'verify-ca', ...other }))).toEqual(UNREACHABLE)
    expect(await refusalOf(attempt, login({ sslmode: 'require', ...other }))).toEqual(UNREACHABLE)
    expect(await refusalOf(attempt, login({ sslmode: 'require' }))).toEqual(UNREACHABLE)
  })

  it.each(['require', 'verify-full'] as const)(
    'refuses a server without TLS with %s',
    async (sslmode) => {
      const there = login({ port: plain.port, sslmode })
      expect(await refusalOf(attempt, there)).toEqual(UNREACHABLE)
    },
  )

  it('refuses a certificate of another host with verify-full, and takes it with verify-ca', async () => {
    const there = { host: database.otherHost, sslrootcert: database.ca }
    const refused = await refusalOf(attempt, login({ ...there, sslmode: 'verify-full' }))
    expect(refused).toEqual(UNREACHABLE)
    expect(await attempt(login({ ...there, sslmode: 'verify-ca' }))).toBe(true)
  })

  it.each(['require', 'verify-ca', 'verify-full'] as const)(
    'is encrypted with %s and the private CA in sslrootcert',
    async (sslmode) => {
      expect(await attempt(login({ sslmode, sslrootcert: database.ca }))).toBe(true)
    },
  )

  it('logs in with a client certificate where the server asks for one', async () => {
    const { ca, clientCertificate, clientKey, openKey, certified } = database
    const trusting = { sslmode: 'verify-full', sslrootcert: ca } as const
    const shown = { ...trusting, sslcert: clientCertificate, sslkey: clientKey }
    expect(await attempt(login(shown, certified))).toBe(true)
    expect(await refusalOf(attempt, login(trusting, certified))).toMatchObject({
      code: expect.stringMatching(/rejected|unreachable/) as string,
    })
    const open = login({ ...shown, sslkey: openKey }, certified)
    expect(await refusalOf(attempt, open)).toMatchObject({
      code: expect.stringMatching(/refused|unreachable/) as string,
    })
  })

  it('is in clear text where the URL says so, and on loopback where it says nothing', async () => {
    expect(await attempt(login({ sslmode: 'disable' }))).toBe(false)
    expect(await attempt(login({}))).toBe(false)
  })
})
