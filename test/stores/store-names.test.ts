import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { caPassphrase } from '@rekey/ca-keystore'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { nextLoginName } from '@rekey/db-pool-rotator/roles'
import { databaseKind } from '@rekey/db-pool-rotator/internal/rotate'
import { oidcClient } from '@rekey/oidc-client'
import { createFleet } from '@rekey/rekey/engine'
import { isServiceName } from '@rekey/secret/internal'
import { Secret, storeName } from '@rekey/secret'
import { createMemoryStore, openDotenvStore } from '@rekey/config-loader/store'
import { objectName } from '@rekey/config-loader/internal/kubernetes'
import { tlsIdentity } from '@rekey/tls-identity'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import pg from 'pg'
import { expect, it } from 'vitest'

/** Every name that the schemas allow: parts of letters and digits with hyphens in between, 63 characters at most. */
const service = fc
  .stringMatching(/^[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,8}){0,6}$/)
  .filter((name) => isServiceName(name))
const longest = fc.constantFrom(`a${'-b'.repeat(31)}`, 'x'.repeat(63), `x${'1'.repeat(62)}`)
const anyService = fc.oneof({ weight: 9, arbitrary: service }, longest)

const OWNED = ['database', 'oidc-client-secret', 'ca-passphrase', 'tls'] as const
const secret = fc.oneof(
  fc.record({ kind: fc.constantFrom(...OWNED), parties: fc.tuple(anyService) }),
  fc.record({ kind: fc.constant('api-key'), parties: fc.tuple(anyService, anyService) }),
)

/** What every store takes: a variable name that is no stage and no file of another, an object of Kubernetes, a name in AWS. */
const VARIABLE = /^[A-Z][A-Z0-9_]*$/
const RESERVED = /(?:__PENDING|__PREVIOUS|_FILE)$/
const AWS = /^[A-Za-z0-9/_+=.@-]{1,512}$/

it('R44: every name that can be declared is a valid name in every store', () => {
  fc.assert(
    fc.property(secret, ({ kind, parties }) => {
      const name = storeName(kind, parties)
      expect(name).toMatch(VARIABLE)
      expect(name).not.toMatch(RESERVED)
      expect(name).toMatch(AWS)
      expect(objectName(name)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,251}[a-z0-9])?$/)
    }),
  )
})

it('R44: two secrets never have one name, in no store', () => {
  const hyphenated = fc.constantFrom('a', 'a-b', 'b', 'b-c', 'c', 'a-b-c', 'ab', 'a-bc')
  const near = fc.record({
    kind: fc.constant('api-key'),
    parties: fc.tuple(hyphenated, hyphenated),
  })
  const anySecret = fc.oneof(secret, near)
  fc.assert(
    fc.property(anySecret, anySecret, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other)
      const [first, second] = [one, other].map(({ kind, parties }) => storeName(kind, parties))
      expect(first === second).toBe(isSame)
      expect(objectName(first ?? '') === objectName(second ?? '')).toBe(isSame)
    }),
    { numRuns: 2_000 },
  )
})

it('R44: loader and rotation call a secret by one name', () => {
  const parts = { fleet: createFleet([]), validationMs: 0, nonProduction: true } as const
  const pool = new pg.Pool()
  fc.assert(
    fc.property(anyService, anyService, (sender, receiver) => {
      const key = apiKeyKind.rotation({ ...parts, sender, receiver, environment: 'dev' }).name
      expect(apiKeyTo(receiver).nameFor(sender)).toBe(key)
      expect(apiKeyFrom(sender).nameFor(receiver)).toBe(key)
      const kind = databaseKind.rotation({
        ...parts,
        service: sender,
        ownerRole: sender,
        admin: pool,
      })
      expect(postgresLogin().nameFor(sender)).toBe(kind.name)
      expect(tlsIdentity().nameFor(sender)).toBe(storeName('tls', [sender]))
      expect(caPassphrase().nameFor(sender)).toBe(storeName('ca-passphrase', [sender]))
      expect(oidcClient().nameFor(sender)).toBe(storeName('oidc-client-secret', [sender]))
    }),
  )
})

it('R44: an owner role of any service has logins that PostgreSQL does not cut off, and that no other has', () => {
  fc.assert(
    fc.property(anyService, anyService, (one, other) => {
      const login = nextLoginName(one)
      expect(Buffer.byteLength(login)).toBeLessThanOrEqual(63)
      expect(nextLoginName(one, login)).toMatch(/_g2$/)
      expect(nextLoginName(other) === login).toBe(one === other)
    }),
  )
})

it('R44: names with hyphens are kept apart from stages, in a real .env file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-names-'))
  try {
    const pairs = [
      ['a-b', 'c'],
      ['a', 'b-c'],
      ['x', 'y'],
      ['x-y', 'z'],
    ] as const
    await using dotenv = await openDotenvStore({ path: join(directory, '.env') })
    for (const store of [dotenv, createMemoryStore({})]) {
      for (const pair of pairs) {
        const name = storeName('api-key', pair)
        await store.create(name, Secret.of(pair.join(':'), name))
      }
      for (const pair of pairs) {
        const { current } = await store.read(storeName('api-key', pair))
        expect(current.value.expose()).toBe(pair.join(':'))
      }
    }
  } finally {
    await rm(directory, { recursive: true })
  }
})
