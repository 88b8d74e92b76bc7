import { followIntegration } from '@rekey/integration-secret'
import {
  type LiveSecret,
  NON_PRODUCTION_PREFIX,
  type Secret,
  SecretError,
  type SecretSpec,
  storeName,
} from '@rekey/secret'
import { createFarSideRotation, type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { z } from 'zod'

/** A key of a service at the toy server. */
export function toyKey(): SecretSpec<string> {
  return {
    kind: 'toy',
    rule: 'at least 32 characters',
    access: { end: 'owner' },
    minLength: 32,
    nameFor: (service) => storeName('toy', [service]),
    parse(text) {
      if (text.length < 32) throw new SecretError('malformed', 'too short: issue a longer one')
      return {
        ...{ value: text, sensitive: [text] },
        nonProduction: text.startsWith(NON_PRODUCTION_PREFIX),
      }
    },
  }
}

/** A client of the toy server that follows its key. */
export function followToy(url: string, secret: LiveSecret) {
  const followed = followIntegration(secret)
  const call = () =>
    followed.use(async (key) => {
      if (!(await ask(url, 'GET', { 'x-key': key }))) {
        throw new SecretError('rejected', 'the toy refuses the key: rotate it')
      }
    })
  const close = () => {
    followed.close()
  }
  return { call, close }
}

const entry = z.object({ url: z.string(), administratorName: z.string() })

/** Keys of the toy server, rotated by the administrator's key. */
export const toyKind = defineKind({
  kind: 'toy',
  parties: ['service'],
  spec: { owner: toyKey },
  storeName: (service) => toyKey().nameFor(service),
  schedule: { rotateAfterMs: 30 * 86_400_000, staggerMs: 0 },
  entry,
  rotationOf(declared: DeclaredSecret<z.output<typeof entry>>, parts) {
    const { name, parties, entry } = declared
    const [service = ''] = parties
    const change = async (method: string, key: Secret, signal: AbortSignal) => {
      const { current } = await parts.store.read(entry.administratorName)
      const headers = { 'x-key': key, 'x-administrator': current.value }
      if (await ask(entry.url, method, headers, signal)) return
      throw new SecretError('forbidden', 'the toy refuses its administrator: correct the key')
    }
    return createFarSideRotation({
      ...{ ...parts, kind: 'toy', name, service },
      farSide: {
        ...{ name: 'the toy', noun: 'key', slots: 'two-secrets' },
        plan: () =>
          Promise.resolve({ generate: 'a key', admit: 'the toy adds it', revoke: 'and ends one' }),
        add: ({ pending }, { signal }) => change('PUT', pending.value, signal),
        accepts: (key, signal) => ask(entry.url, 'GET', { 'x-key': key }, signal),
        remove: (key, { signal }) => change('DELETE', key, signal),
        withdraw: ({ pending }, { signal }) => change('DELETE', pending.value, signal),
      },
    })
  },
})

/** @throws {SecretError} `unreachable` without a verdict */
async function ask(
  url: string,
  method: string,
  secrets: Readonly<Record<string, Secret>>,
  signal: AbortSignal | null = null,
): Promise<boolean> {
  const headers = Object.entries(secrets).map(
    ([name, value]) => [name, value.expose()] as [string, string],
  )
  const response = await fetch(url, { method, headers, signal }).catch(() => undefined)
  signal?.throwIfAborted()
  if (response?.status === 204) return true
  if (response?.status === 403) return false
  throw new SecretError('unreachable', 'the toy gave no verdict: check that it is up')
}
