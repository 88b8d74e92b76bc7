import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { NON_PRODUCTION_PREFIX, Secret, SecretError } from '@rekey/secret'
import { openPostgres, type Postgres } from '@rekey/testbed'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DatabaseCredentials, formatDatabaseUrl, postgresLogin } from '../index.ts'
import { proveLogin } from '../internal.ts'

const spec = postgresLogin({ ownerRole: 'app' })
const password = randomBytes(24).toString('hex')
const usual: DatabaseCredentials = {
  user: 'app_g1',
  password,
  host: 'db.internal',
  port: 5432,
  database: 'app',
}

function refusal(run: () => unknown): SecretError {
  try {
    run()
  } catch (error) {
    if (error instanceof SecretError) return error
    throw error
  }
  throw new Error('Nothing was refused')
}

describe('a database secret', () => {
  it('is named after its service', () => {
    expect(spec.nameFor('frontend')).toBe('DATABASE_FRONTEND')
    expect(spec.nameFor('cert-transparency')).toBe('DATABASE_CERT_TRANSPARENCY')
  })

  it('tells the role in public and the password as sensitive', () => {
    const text = `postgresql://app_g1:${password}@db.internal/app`
    expect(spec.parse(text)).toEqual({
      value: usual,
      id: 'app_g1',
      sensitive: [password],
      nonProduction: false,
    })
  })

  it('knows the mark of a development value', () => {
    const marked = { ...usual, password: NON_PRODUCTION_PREFIX + password }
    expect(spec.parse(formatDatabaseUrl(marked)).nonProduction).toBe(true)
  })

  const hostile: Record<string, Partial<DatabaseCredentials>> = {
    'a user with every separator': { user: `a:b@c/d?e#f%25g "h" 'i'` },
    'a password with every separator': { password: `:@/?#[]%40+&=;${password}` },
    'a unicode user and database': { user: 'münze_日本', database: 'données' },
    'an IPv6 address': { host: '::1', port: 6432 },
    'a required TLS mode': { sslmode: 'verify-full' },
    'a private CA and a client certificate': {
      sslmode: 'verify-ca',
      sslrootcert: '/etc/a b&c=d/ca.pem',
      sslcert: '/etc/cert.pem',
      sslkey: '/etc/key?#.pem',
    },
  }
  it.each(Object.entries(hostile))('survives writing and reading with %s', (_, part) => {
    const credentials = { ...usual, ...part }
    expect(spec.parse(formatDatabaseUrl(credentials)).value).toEqual(credentials)
  })

  const garbage: Record<string, [string, RegExp]> = {
    nothing: ['', /percent-encoded/],
    'another scheme': [`https://u:${password}@h/d`, /Expected: postgresql/],
    'half of a text': [`postgresql://app_g1:${password.slice(0, 20)}`, /cannot be used/],
    'a text cut in its password': [
      `postgresql://app_g1:${password.slice(0, 9)}@h/d`,
      /fewer than 32/,
    ],
    'no user': [`postgresql://:${password}@h/d`, /user is missing/],
    'no password': ['postgresql://app_g1@h/d', /password is missing/],
    'no host': [`postgresql://u:${password}@/d`, /host is missing/],
    'no database': [`postgresql://u:${password}@h`, /database is missing/],
    'an unescaped @ in the password': [`postgresql://u:${password}@x@h/d`, /percent-encoded/],
    'an unescaped slash in the password': [`postgresql://u:${password}/x@h/d`, /percent-encoded/],
    'a lone percent sign': [`postgresql://u:${password}%zz@h/d`, /lone percent/],
    'bytes that are not UTF-8': [`postgresql://u:${password}%ff@h/d`, /not percent-encoded UTF-8/],
    'an encoded NUL': [`postgresql://u:${password}%00@h/d`, /control character/],
    'a line break at its end': [`postgresql://u:${password}@h/d\n`, /white space/],
    'two texts in one': [
      `postgresql://u:${password}@h/dpostgresql://u:${password}@h/d`,
      /percent-encoded/,
    ],
    'port 0': [`postgresql://u:${password}@h:0/d`, /port/],
    'port 65536': [`postgresql://u:${password}@h:65536/d`, /port/],
    'a second host': [`postgresql://u:${password}@h,i/d`, /percent-encoded/],
    'an unknown parameter': [`postgresql://u:${password}@h/d?options=-csearch_path`, /sslmode/],
    'a TLS mode that can be downgraded': [
      `postgresql://u:${password}@h/d?sslmode=prefer`,
      /clear text/,
    ],
    'a TLS mode that does not exist': [
      `postgresql://u:${password}@h/d?sslmode=no-verify`,
      /one of/,
    ],
    'the same parameter twice': [
      `postgresql://u:${password}@h/d?sslmode=verify-full&sslmode=disable`,
      /twice/,
    ],
    'a CA without a TLS mode': [
      `postgresql://u:${password}@h/d?sslrootcert=/ca`,
      /needs an sslmode/,
    ],
    'a CA in clear text': [
      `postgresql://u:${password}@h/d?sslmode=disable&sslrootcert=/ca`,
      /needs an sslmode/,
    ],
    'a CA at a relative path': [
      `postgresql://u:${password}@h/d?sslmode=verify-full&sslrootcert=ca.pem`,
      /absolute path/,
    ],
    'any public CA without its host name': [
      `postgresql://u:${password}@h/d?sslmode=verify-ca`,
      /private CA/,
    ],
    'the CAs of the system without the host name': [
      `postgresql://u:${password}@h/d?sslmode=require&sslrootcert=system`,
      /verify-full/,
    ],
    'a client certificate without its key': [
      `postgresql://u:${password}@h/d?sslmode=verify-full&sslcert=/c`,
      /go together/,
    ],
    'a user longer than 63 bytes': [`postgresql://${'u'.repeat(64)}:${password}@h/d`, /63 bytes/],
  }
  it.each(Object.entries(garbage))('refuses %s, without repeating it', (_, [text, problem]) => {
    const error = refusal(() => spec.parse(text))
    expect(error.code).toBe('malformed')
    expect(error.message).toMatch(problem)
    expect(error).not.toHaveProperty('cause')
    expect(inspect(error, { showHidden: true })).not.toContain(password.slice(0, 9))
  })

  it('takes no long time over a long text', () => {
    const startMs = performance.now()
    refusal(() => spec.parse(`postgresql://${'a'.repeat(1e6)}@`))
    refusal(() => spec.parse(`postgresql://u:${'@'.repeat(1e6)}`))
    expect(performance.now() - startMs).toBeLessThan(2000)
  })
})

describe('a probe', () => {
  let server: Postgres
  let login: DatabaseCredentials
  beforeAll(async () => {
    server = await openPostgres()
    const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
    await admin.connect()
    await admin.query(
      `create role app; create role app_g1 login in role app password '${password}'`,
    )
    await admin.query(`alter role app_g1 set role = app`)
    await admin.query('create database closed')
    await admin.query(`revoke connect on database closed from public`)
    await admin.end()
    login = { ...usual, host: server.host, port: server.port, database: 'postgres' }
  })
  afterAll(() => server.close())

  const probe = async (credentials: DatabaseCredentials, timeoutMs = 2000) => {
    const value = Secret.of(credentials, 'DATABASE_FRONTEND')
    const version = {
      name: value.label,
      version: '1',
      stage: 'current',
      value,
      sensitive: [],
    } as const
    const { signal } = new AbortController()
    await postgresLogin({ ownerRole: 'app', timeoutMs }).probe?.(version, { settings: {}, signal })
  }

  it('passes for a login that acts as its owner role', async () => {
    await expect(probe(login)).resolves.toBeUndefined()
    const identity = await proveLogin(Secret.of(login, 'DATABASE_FRONTEND'))
    expect(identity).toEqual({ currentUser: 'app', sessionUser: 'app_g1' })
  })

  const faults: Record<string, [Partial<DatabaseCredentials>, object]> = {
    'a wrong password': [{ password: randomBytes(24).toString('hex') }, { code: 'rejected' }],
    'an unknown user': [{ user: 'app_g9' }, { code: 'rejected' }],
    'an unknown database': [{ database: 'nowhere' }, { code: 'refused' }],
    'a database that it may not enter': [{ database: 'closed' }, { code: 'forbidden' }],
    'a closed port': [{ port: 1 }, { code: 'unreachable' }],
    'an unknown host': [{ host: 'nowhere.invalid' }, { code: 'unreachable' }],
    'a server without TLS': [{ sslmode: 'verify-full' }, { code: 'unreachable' }],
  }
  it.each(Object.entries(faults))(
    'tells of %s, without the password',
    async (_, [part, expected]) => {
      const credentials = { ...login, ...part }
      const error: unknown = await probe(credentials).catch((problem: unknown) => problem)
      expect(error).toMatchObject(expected)
      expect(error).not.toHaveProperty('cause')
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(credentials.password)
    },
  )

  it('gives up on a server that accepts and then says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    await expect(probe({ ...login, port }, 200)).rejects.toMatchObject({ code: 'unreachable' })

    const cancel = AbortSignal.timeout(200)
    const value = Secret.of({ ...login, port }, 'DATABASE_FRONTEND')
    await expect(proveLogin(value, 'app', { signal: cancel })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    silent.close()
  })
})
