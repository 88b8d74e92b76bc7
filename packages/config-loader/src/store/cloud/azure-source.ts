import { isLoopbackName, parseSecureUrl, SecretError, systemClock } from '@rekey/secret'
import type { Clock, SecretSource } from '@rekey/secret'
import type { Inspectable } from '../inspectable.ts'
import { checkSecretName, stagedSecret } from '../stored-stages.ts'
import { unlessAborted } from '../unless-aborted.ts'
import { withRetries } from '../with-retries.ts'
import { vaultName } from './cloud-names.ts'
import { loginToAzure, type Variables } from './cloud-logins.ts'
import { createSession, type Meaning, objectIn, strangeAnswer } from './cloud-request.ts'

type AzureSource = SecretSource & Required<Pick<Inspectable, 'rightsToRead'>> & AsyncDisposable

const ABSENT: Meaning = ['missing', 'absent', 'there is none: create it']
/** A token goes to no other host. */
const HOST = /^[a-z\d-]{3,24}\.(vault\.(?:azure\.net|azure\.cn|usgovcloudapi\.net))$/

/**
 * Opens a key vault of Azure as a source. Each secret has one version, the newest.
 *
 * Key Vault has no compare-and-set and destroys no single version, so it is no store.
 *
 * @param place the name of the vault, or its URL
 * @throws {SecretError} `malformed` or `refused` for another place
 * @see https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
 */
export function openAzureSource(
  place: string,
  { env, clock = systemClock }: { readonly env: Variables; readonly clock?: Clock },
): AzureSource {
  const { base, audience } = parseVault(place)
  const closing = new AbortController()
  const calls = { clock, timeoutMs: 5_000, closing: closing.signal }
  const ask = createSession(() => loginToAzure(env, audience, calls), calls)
  const load = async (name: string) => {
    const url = new URL(`/secrets/${vaultName(name)}?api-version=7.4`, base)
    const what = `reading ${vaultName(name)} of Key Vault`
    const request = { what, url, codes: { SecretNotFound: ABSENT } }
    const retry = { clock, random: Math.random, signal: closing.signal }
    const body = await withRetries(retry, () => ask(request))
    const { value, attributes } = body
    if (typeof value !== 'string') throw strangeAnswer(what)
    const seconds = objectIn(attributes)?.['created']
    const createdAt = typeof seconds === 'number' && { createdAt: new Date(seconds * 1_000) }
    const stages = value === '' ? {} : { current: { value, ...createdAt } }
    const origin = { kind: 'store', store: 'azure' } as const
    return stagedSecret(name, stages, `set ${vaultName(name)} in Key Vault`, origin)
  }
  return {
    locator: `azure:${place}`,
    async read(name, signal) {
      checkSecretName(name)
      return unlessAborted(load(name), signal)
    },
    rightsToRead: (names) => names.map((name) => `Key Vault Secrets User on ${vaultName(name)}`),
    [Symbol.asyncDispose]() {
      closing.abort(new SecretError('unreachable', `azure:${place} was closed: open it again`))
      return Promise.resolve()
    },
  }
}

function parseVault(place: string): { base: URL; audience: string } {
  const address = /^[a-z\d-]+$/i.test(place) ? `https://${place}.vault.azure.net` : place
  const base = parseSecureUrl(address, 'the address of a key vault')
  const cloud = HOST.exec(base.host)?.[1]
  if (cloud !== undefined) return { base, audience: `https://${cloud}` }
  if (isLoopbackName(base.hostname)) return { base, audience: 'https://vault.azure.net' }
  throw new SecretError('malformed', 'azure: name a vault, or the URL of one of Azure')
}
