import { type Canary, newCanary, randomText } from '../canary.ts'
import { type Answer, GATEWAY_ANSWERS } from '../echo-proxy.ts'
import type { ErrorPath, ErrorPaths } from '../error-path.ts'
import { GATEWAY_CODES, type VaultFixture, type VaultVariables } from './vault-fixture.ts'

const CREATED_BY = 'auth/approle/role/rekey/secret-id'

/** Logging in to Vault, and what Vault leases. */
export const vaultLoginPaths: ErrorPaths<VaultFixture> = {
  'a secret_id that Vault does not know': loginWith('rejected', async (fixture) => {
    const { roleId } = await fixture.appRole()
    return appRole(fixture, newCanary('role_id', roleId), newCanary('secret_id'))
  }),
  'a role_id that Vault does not know': loginWith('rejected', async (fixture) => {
    const { secretId } = await fixture.appRole()
    return appRole(fixture, newCanary('role_id'), newCanary('secret_id', secretId))
  }),
  'a file of the secret_id that is not there': loginWith('missing', async (fixture) => {
    const { roleId } = await fixture.appRole()
    const made = await appRole(fixture, newCanary('role_id', roleId), newCanary('secret_id'))
    return {
      ...made,
      env: { ...made.env, VAULT_SECRET_ID_FILE: `${fixture.files.directory}/none` },
    }
  }),
  'a wrapped secret_id that was unwrapped before': wrapped(async (fixture, envelope) => {
    await fixture.vault.require('POST', 'sys/wrapping/unwrap', {}, { token: envelope })
  }),
  'a wrapped secret_id from elsewhere': loginWith('refused', async (fixture) => {
    const { roleId } = await fixture.appRole()
    const value = newCanary('wrapped value')
    const body = { secret_id: value.text }
    const headers = { 'x-vault-wrap-ttl': '60s' }
    const { wrap_info } = await fixture.vault.require('POST', 'sys/wrapping/wrap', body, {
      headers,
    })
    const envelope = newCanary('wrapping token', String(wrap_info?.token))
    const made = await appRole(fixture, newCanary('role_id', roleId), envelope)
    const canaries = [...made.canaries, value]
    return { canaries, env: { ...made.env, REKEY_VAULT_WRAPPED_BY: CREATED_BY } }
  }),
  'a JWT that Vault cannot read': kubernetesWith('forbidden', () => newCanary('JWT')),
  'a JWT that Vault cannot check': kubernetesWith('forbidden', () => {
    const part = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url')
    const head = part({ alg: 'RS256', typ: 'JWT' })
    return newCanary('JWT', `${head}.${part({ sub: randomText() })}.${randomText()}`)
  }),
  'a token in the place of its file': loginWith('missing', async (fixture) => {
    const token = newCanary('token', await fixture.token())
    return {
      env: { VAULT_ADDR: fixture.vault.address, VAULT_TOKEN_FILE: token.text },
      canaries: [token],
    }
  }),
  'a secret_id in the place of its file': loginWith('missing', async (fixture) => {
    const { roleId, secretId } = await fixture.appRole()
    const made = await appRole(fixture, newCanary('role_id', roleId), newCanary('secret_id'))
    const canary = newCanary('secret_id', secretId)
    const env = { ...made.env, VAULT_SECRET_ID_FILE: canary.text }
    return { env, canaries: [...made.canaries, canary] }
  }),
  'a token that is broken off by a line end': loginWith('malformed', async (fixture) => {
    const token = newCanary('token', `${await fixture.token()}\n${randomText()}`)
    return {
      env: { VAULT_ADDR: fixture.vault.address, VAULT_TOKEN: token.text },
      canaries: [token],
    }
  }),
  ...Object.fromEntries(
    GATEWAY_ANSWERS.map((answer) => [`a login that a gateway answers with ${answer}`, cut(answer)]),
  ),
}

interface Login {
  readonly env: VaultVariables
  readonly canaries: readonly Canary[]
}

function loginWith(
  code: ErrorPath<VaultFixture>['code'],
  prepare: (fixture: VaultFixture) => Promise<Login>,
): ErrorPath<VaultFixture> {
  return {
    code,
    async provoke(fixture) {
      const { env, canaries } = await prepare(fixture)
      return { job: { locator: 'vault:secret/rekey', env, act: 'read', name: 'KEY' }, canaries }
    },
  }
}

async function appRole(fixture: VaultFixture, roleId: Canary, secretId: Canary): Promise<Login> {
  return {
    env: {
      VAULT_ADDR: fixture.vault.address,
      REKEY_VAULT_AUTH: 'approle',
      VAULT_ROLE_ID_FILE: await fixture.files.write(roleId.text),
      VAULT_SECRET_ID_FILE: await fixture.files.write(secretId.text),
    },
    canaries: [roleId, secretId],
  }
}

/** Somebody does something to the envelope before the service gets it. */
function wrapped(
  before: (fixture: VaultFixture, envelope: string) => Promise<void>,
): ErrorPath<VaultFixture> {
  return loginWith('rejected', async (fixture) => {
    const { roleId } = await fixture.appRole()
    const headers = { 'x-vault-wrap-ttl': '60s' }
    const { wrap_info } = await fixture.vault.require('POST', CREATED_BY, {}, { headers })
    const envelope = newCanary('wrapping token', String(wrap_info?.token))
    await before(fixture, envelope.text)
    const made = await appRole(fixture, newCanary('role_id', roleId), envelope)
    return { ...made, env: { ...made.env, REKEY_VAULT_WRAPPED_BY: CREATED_BY } }
  })
}

function kubernetesWith(
  code: ErrorPath<VaultFixture>['code'],
  jwt: () => Canary,
): ErrorPath<VaultFixture> {
  return loginWith(code, async (fixture) => {
    const canary = jwt()
    return {
      env: {
        VAULT_ADDR: fixture.vault.address,
        REKEY_VAULT_AUTH: 'kubernetes',
        REKEY_VAULT_ROLE: 'rekey',
        REKEY_VAULT_JWT_FILE: await fixture.files.write(canary.text),
      },
      canaries: [canary],
    }
  })
}

function cut(answer: Answer): ErrorPath<VaultFixture> {
  return loginWith(GATEWAY_CODES[answer], async (fixture) => {
    const { roleId, secretId } = await fixture.appRole()
    const ids = [newCanary('role_id', roleId), newCanary('secret_id', secretId)] as const
    const { env, canaries } = await appRole(fixture, ...ids)
    const address = await fixture.gateway(answer, (path) => path.endsWith('/login'))
    return { env: { ...env, VAULT_ADDR: address }, canaries }
  })
}
