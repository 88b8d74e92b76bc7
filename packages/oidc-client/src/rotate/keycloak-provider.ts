import { SecretError } from '@rekey/secret'
import { type ClientSecretProvider, isSame, LATE_CALL } from './client-secret-provider.ts'
import { KeycloakClient, type KeycloakClientOptions } from './keycloak-admin.ts'

const PLANS = {
  holdsTwo: {
    admit: 'Keycloak accepts it beside the old one',
    revoke: 'Keycloak drops the old secret',
  },
  cutsOver: {
    admit:
      'Keycloak accepts it, beside the old one if the client policy secret-rotation applies, else in place of it',
    revoke: 'Keycloak drops the old secret, if it still has it',
  },
}

/**
 * Keycloak, by its admin REST API (seen with 26). The new secret is ours, in the store before Keycloak has it. Where the
 * client policy `secret-rotation` applies, Keycloak is first asked to make a secret of its own, by which the old one becomes
 * its second; that new one, which is never read, is then replaced by ours. Elsewhere ours replaces the old one at once.
 *
 * @throws {SecretError} from every method: `forbidden`, `missing`, `unreachable`, `malformed`, `conflict`
 */
export function keycloakProvider(options: KeycloakClientOptions): ClientSecretProvider {
  const open = (signal: AbortSignal) => KeycloakClient.open(options, signal)
  return {
    name: 'Keycloak',
    slots: async (signal) => ((await (await open(signal)).sawPolicy()) ? 'two-secrets' : 'one'),
    lateCall: LATE_CALL,
    async plan(_current, signal) {
      const client = await open(signal)
      const { admit, revoke } = (await client.sawPolicy()) ? PLANS.holdsTwo : PLANS.cutsOver
      return { generate: 'a secret of 32 random bytes', admit, revoke }
    },
    async accept({ current, next }, { signal, fence }) {
      const client = await open(signal)
      const held = await client.readSecret()
      if (isSame(held, next)) return
      if (isSame(held, current) && (await client.applyPolicy())) {
        await fence()
        await client.renew()
      }
      await fence()
      await client.replaceSecret(next)
      if (isSame(await client.readSecret(), next)) return
      const message =
        'Keycloak did not take the new secret: look for client policies that change it'
      throw new SecretError('refused', message)
    },
    async withdraw({ current }, { signal, fence }) {
      const client = await open(signal)
      const held = await client.readSecret()
      await fence()
      if (!isSame(held, current)) await client.replaceSecret(current)
      await client.dropOlder()
    },
    retire: async ({ signal }) => (await open(signal)).dropOlder(),
  }
}
