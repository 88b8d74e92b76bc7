import { newCanary } from '../canary.ts'
import { type Answer, GATEWAY_ANSWERS } from '../echo-proxy.ts'
import type { ErrorPath, ErrorPaths, Job } from '../error-path.ts'
import { GATEWAY_CODES, type VaultFixture } from './vault-fixture.ts'

const LOCATOR = 'vault:secret/rekey'

/** Nobody listens at this port. */
const NOWHERE = 'http://127.0.0.1:1'

/** The KV store of Vault. Each path has a token and a value for canaries. */
export const vaultPaths: ErrorPaths<VaultFixture> = {
  'nothing at all': pathWith('none', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, ours(value)),
  }),
  'nothing at all, while writing': pathWith('none', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, ours(`${value}x`)),
    job: ({ value }) => ({ act: 'stage', value }),
  }),
  'nothing there': pathWith('missing', 'absent', {}),
  'a deleted version': pathWith('missing', 'deleted', {
    prepare: async (fixture, { name, value }) => {
      await fixture.put(name, { value })
      await fixture.vault.require('DELETE', `secret/data/rekey/${name}`)
    },
  }),
  'a destroyed version': pathWith('missing', 'destroyed', {
    prepare: async (fixture, { name, value }) => {
      await fixture.put(name, { value })
      await fixture.vault.require('PUT', `secret/destroy/rekey/${name}`, { versions: [1] })
    },
  }),
  'a token without rights': pathWith('forbidden', 'forbidden', { policies: ['default'] }),
  'a revoked token': pathWith('forbidden', undefined, {
    prepare: async (fixture, { token }) => {
      await fixture.vault.require('POST', 'auth/token/revoke', { token })
    },
  }),
  'a document of somebody else': pathWith('malformed', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, { password: value, rekey: value }),
  }),
  'a document of ours that is broken': pathWith('malformed', undefined, {
    prepare: (fixture, { name, value }) =>
      fixture.put(name, { rekey: { current: { valeu: value } } }),
  }),
  'a value that is no text': pathWith('malformed', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, { value: { deep: [value] } }),
  }),
  'a secret that exists': pathWith('conflict', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, ours(value)),
    job: ({ value }) => ({ act: 'create', value: `${value}x` }),
  }),
  'a secret that has changed since it was read': pathWith('conflict', undefined, {
    prepare: (fixture, { name, value }) => fixture.put(name, ours(value)),
    job: ({ value }) => ({ act: 'stage after another', value: `${value}x` }),
  }),
  'a sealed Vault': pathWith('unreachable', 'sealed', {
    address: ({ sealed }) => sealed.address,
  }),
  'no Vault': pathWith('unreachable', 'not-connected', { address: () => NOWHERE }),
  'a mount that does not exist': pathWith('forbidden', undefined, {
    job: () => ({ locator: 'vault:nowhere/rekey' }),
  }),
  ...Object.fromEntries(
    GATEWAY_ANSWERS.map((answer) => [`a write that a gateway answers with ${answer}`, cut(answer)]),
  ),
}

/** The gateway lets the read before the write pass, so the value is under way. */
function cut(answer: Answer): ErrorPath<VaultFixture> {
  return pathWith(GATEWAY_CODES[answer], undefined, {
    address: (fixture) => fixture.gateway(answer, (path) => path.includes('/data/')),
    job: ({ value }) => ({ act: 'create', value }),
  })
}

interface Parts {
  readonly name: string
  readonly token: string
  readonly value: string
}

interface Rest {
  readonly policies?: readonly string[]
  readonly prepare?: (fixture: VaultFixture, parts: Parts) => Promise<void>
  readonly address?: (fixture: VaultFixture) => string | Promise<string>
  readonly job?: (parts: Parts) => Partial<Job>
}

let made = 0

function pathWith(
  code: ErrorPath<VaultFixture>['code'],
  reason: string | undefined,
  { policies, prepare, address = ({ vault }) => vault.address, job }: Rest,
): ErrorPath<VaultFixture> {
  return {
    code,
    ...(reason !== undefined && { reason }),
    async provoke(fixture) {
      const value = newCanary('value')
      const token = newCanary('token', await fixture.token(policies))
      const parts = { name: `KEY_${(made += 1)}`, token: token.text, value: value.text }
      await prepare?.(fixture, parts)
      const env = { VAULT_ADDR: await address(fixture), VAULT_TOKEN: token.text }
      const { name } = parts
      return {
        job: { locator: LOCATOR, env, act: 'read', name, ...job?.(parts) },
        canaries: [value, token],
      }
    },
  }
}

function ours(value: string): object {
  return { rekey: { write: 'here', current: { value, createdAt: new Date().toISOString() } } }
}
