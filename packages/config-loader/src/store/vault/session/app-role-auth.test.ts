// @lane servers
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appRoleAuth } from '../index.ts'
import {
  openVaultFixture,
  vaultProgram,
  type VaultFixture,
} from '../../../../test/store/vault/vault-fixture.support.ts'

const ISSUER = 'auth/approle/role/frontend/secret-id'

describe.runIf(vaultProgram.found)('an AppRole login at Vault', () => {
  let fixture: VaultFixture
  let roleId: { readonly file: string }
  beforeAll(async () => {
    fixture = await openVaultFixture()
    await fixture.appRole()
    roleId = { file: `${fixture.directory}/role-id` }
  })
  afterAll(() => fixture[Symbol.asyncDispose]())
  beforeEach(() => {
    fixture.begin()
  })

  /** A new secret_id in an envelope. */
  async function wrap(path = ISSUER, body: object = {}): Promise<string> {
    const headers = { 'X-Vault-Wrap-TTL': '60s' }
    const { body: issued } = await fixture.vault.request('POST', path, body, { headers })
    return issued.wrap_info?.token ?? ''
  }

  /** Logs in with what is in the file. */
  async function openWrapped(envelope: string) {
    const secretIdFile = await fixture.write('wrapped', envelope)
    return fixture.open(appRoleAuth({ roleId, secretIdFile, wrappedBy: ISSUER }))
  }

  const alarms = () => fixture.events.filter(({ level }) => level === 'security')

  const revokeTokens = () =>
    fixture.vault.require('PUT', 'sys/leases/revoke-prefix/auth/approle/login')

  const use = { method: 'GET', path: 'secret/data/rekey/KEY' } as const

  it('needs no secret_id where the role wants none', async () => {
    const role = { bind_secret_id: false, token_policies: ['rekey'], secret_id_bound_cidrs: [] }
    const bound = { ...role, token_bound_cidrs: ['127.0.0.0/8'] }
    await fixture.vault.require('POST', 'auth/approle/role/open', bound)
    const { data } = await fixture.vault.require('GET', 'auth/approle/role/open/role-id')
    const file = await fixture.write('open-role-id', String(data?.['role_id']))
    await using session = await fixture.open(appRoleAuth({ roleId: { file } }))
    expect((await session.request(use)).status).toBe(200)
  })

  it('reads the secret_id anew each time', async () => {
    const auth = await fixture.appRole({ secret_id_num_uses: 1 })
    await using session = await fixture.open(auth)
    await fixture.appRole()
    await revokeTokens()
    expect((await session.request(use)).status).toBe(200)
    expect(fixture.proxy.count(/login/)).toBe(2)
  })

  it('says which file is missing, not where: a secret may have been put in its place', async () => {
    const secretIdFile = `${fixture.directory}/absent`
    await expect(fixture.open(appRoleAuth({ roleId, secretIdFile }))).rejects.toMatchObject({
      code: 'missing',
      details: { path: 'the file of VAULT_SECRET_ID' },
    })
  })

  it('unwraps a secret_id once, and uses it for later logins', async () => {
    await using session = await openWrapped(await wrap())
    await session.request(use)
    await revokeTokens()
    await session.request(use)
    expect(fixture.proxy.count(/login/)).toBe(2)
    expect(fixture.proxy.count(/unwrap/)).toBe(1)
    expect(alarms()).toEqual([])
  })

  it('unwraps the next one that is put there', async () => {
    await using session = await openWrapped(await wrap())
    await fixture.write('wrapped', await wrap())
    await revokeTokens()
    await session.request(use)
    expect(fixture.proxy.count(/unwrap/)).toBe(2)
  })

  it('S14 a secret_id that somebody else has unwrapped is an alarm and no retry', async () => {
    const envelope = await wrap()
    await fixture.vault.require('POST', 'sys/wrapping/unwrap', {}, { token: envelope })
    await expect(openWrapped(envelope)).rejects.toMatchObject({ code: 'rejected' })
    expect(alarms()).toHaveLength(1)
    expect(fixture.proxy.count(/unwrap|login/)).toBe(0)
  })

  it('S14 an unwrapping whose answer is lost is an alarm and no retry', async () => {
    fixture.proxy.fault = ({ path }) => (path.includes('unwrap') ? 'lose the answer' : undefined)
    const envelope = await wrap()
    await using session = await openWrapped(envelope)
    fixture.proxy.fault = () => undefined
    expect(alarms()).toHaveLength(1)
    await expect
      .poll(() => fixture.count('login-failed'), { timeout: 15_000 })
      .toBeGreaterThanOrEqual(3)
    expect(fixture.proxy.count(/unwrap/)).toBe(1)
    expect(alarms()).toHaveLength(1)
    await expect(session.request(use)).rejects.toMatchObject({ code: 'refused' })
  })

  it('S14 an envelope from another place is an alarm, and is not opened', async () => {
    const envelope = await wrap('sys/wrapping/wrap', { secret_id: 'from-elsewhere' })
    await expect(openWrapped(envelope)).rejects.toMatchObject({
      code: 'refused',
      details: { reason: 'wrapping-foreign' },
    })
    expect(alarms()).toHaveLength(1)
    expect(fixture.proxy.count(/unwrap|login/)).toBe(0)
    const still = await fixture.vault.require('POST', 'sys/wrapping/lookup', { token: envelope })
    expect(still.data?.['creation_path']).toBe('sys/wrapping/wrap')
  })

  it('S14 an alarm holds neither the envelope nor what is inside', async () => {
    const envelope = await wrap('sys/wrapping/wrap', { secret_id: 'from-elsewhere' })
    await openWrapped(envelope).catch(() => undefined)
    const reported = JSON.stringify(fixture.events) + String(fixture.events[0]?.error?.stack)
    for (const text of [envelope, createHash('sha256').update(envelope).digest('hex')]) {
      expect(reported).not.toContain(text)
    }
    expect(reported).not.toContain('from-elsewhere')
  })
})
