import { newCanary } from '../canary.ts'
import type { Answer } from '../echo-proxy.ts'
import type { ErrorPath, ErrorPaths } from '../error-path.ts'
import { GATEWAY_CODES, type VaultFixture } from './vault-fixture.ts'

const NAME = 'DATABASE_FRONTEND'
const URL_WITHOUT_LOGIN = 'postgresql://127.0.0.1:1/app'

/** Database logins that Vault makes. Canaries are the token, and what Vault itself logs in with. */
export const vaultLeasePaths: ErrorPaths<VaultFixture> = {
  'a role that does not exist': leaseWith('rejected', { role: 'nobody' }),
  'a token without rights': leaseWith('forbidden', { policies: ['default'] }),
  'a database that is down, which Vault describes': leaseWith('unreachable', {}),
  ...Object.fromEntries(
    (
      [
        'a 400 that gives back the request',
        'a 500 that gives back the request',
        'a page with the request in it',
        'JSON that ends in the request',
        'a body cut in the middle of the request',
        'a redirect with the request in its address',
      ] as const
    ).map((answer) => [
      `a gateway that answers with ${answer}`,
      leaseWith(GATEWAY_CODES[answer], { answer }),
    ]),
  ),
}

interface Rest {
  readonly role?: string
  readonly policies?: readonly string[]
  readonly answer?: Answer
}

function leaseWith(
  code: ErrorPath<VaultFixture>['code'],
  { role = 'app', policies, answer }: Rest,
): ErrorPath<VaultFixture> {
  return {
    code,
    async provoke(fixture) {
      const token = newCanary('token', await fixture.token(policies))
      const password = newCanary("Vault's own password")
      await fixture.database(URL_WITHOUT_LOGIN, password.text)
      const sources = { logins: { credentials: `database/creds/${role}`, url: URL_WITHOUT_LOGIN } }
      const file = JSON.stringify({ sources, secrets: { [NAME]: 'logins' } })
      const address = answer && (await fixture.gateway(answer, (path) => path.includes('/creds/')))
      const env = { VAULT_ADDR: address ?? fixture.vault.address, VAULT_TOKEN: token.text }
      const locator = `file:${await fixture.files.write(file)}`
      return { job: { locator, env, act: 'read', name: NAME }, canaries: [token, password] }
    },
  }
}
