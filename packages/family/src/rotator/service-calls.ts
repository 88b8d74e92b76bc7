import type { DisposalStack } from '@rekey/secret'
import { createTlsFetch } from '@rekey/tls-identity'
import { callsOf } from '@rekey/tls-identity/rotation'
import type { Family } from '../declaration.ts'
import { secretsOf } from '../family-secrets.ts'

/**
 * Opens what calls the services of a family: one with a TLS identity by its first name, with trust in its roots alone; every other
 * one by `fetch`.
 *
 * @throws {SecretError} if the file of the roots cannot be read
 */
export async function openServiceCalls(
  family: Family,
  fetch: typeof globalThis.fetch,
  own: DisposalStack,
): Promise<(service: string) => typeof fetch> {
  const calls = new Map<string, typeof fetch>()
  for (const { kind, parties, entry } of secretsOf(family)) {
    const [service] = parties
    if (kind !== 'tls' || service === undefined) continue
    const opened = own.use(createTlsFetch(await callsOf(entry)), `connections to ${service}`)
    calls.set(service, opened.fetch)
  }
  return (service) => calls.get(service) ?? fetch
}
