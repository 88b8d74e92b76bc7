import { randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret } from '@rekey/secret'
import { callingOf, patienceOf, type RotationParts } from '@rekey/secret/internal/kind'
import { type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { signingRunbook, webhookRunbook } from '../runbook.ts'
import { ALGORITHMS } from '../spec/algorithms.ts'
import { makeSigningKey, signingKey, signingKeyName } from '../spec/signing-key.ts'
import { numberOf, signingSecret, signingSecretName } from '../spec/signing-secret.ts'
import { makeWebhookSecret, webhookSecret, webhookSecretName } from '../spec/webhook-secret.ts'
import { outlive, type OutliveOptions } from './outlive.ts'
import { parseSetUrl, waitUntilKnown } from './published-keys.ts'
import { SCHEDULE } from './schedule.ts'
import { createSigningRotation } from './signing-rotation.ts'

/** jose keeps a set for 600 s, and asks for an unknown key once in 30 s. */
const CACHE_MS = 630_000

const lifeMs = z
  .int()
  .min(0)
  .describe('the longest life of what it signs, in milliseconds: sessions, cookies, tokens')

const secretEntry = z.object({ lifeMs })

const webhookEntry = z.object({
  overlapMs: z
    .int()
    .min(0)
    .describe('how long both sign, in milliseconds: until every receiver has the new one'),
})

const keyEntry = z.object({
  lifeMs,
  algorithm: z
    .enum([...ALGORITHMS.keys()])
    .default('ES256')
    .describe('of new keys'),
  jwks: z.url().optional().describe('where the set is published: the new key is looked for there'),
  trust: trustEntry.optional().describe('the roots of that address; default: public ones'),
  cacheMs: z
    .int()
    .min(0)
    .default(CACHE_MS)
    .describe('how long a reader of the set may keep it, in milliseconds; 0 where there is none'),
})

type DeclaredKind<Entry> = DeclaredSecret<Entry>

/** Secrets of sessions and cookies, see README.md: `defineFamily(declaration, { kinds: [signingSecretKind] })`. */
export const signingSecretKind = defineKind({
  kind: 'signing-secret',
  parties: ['service', 'name'],
  spec: { owner: signingSecret },
  storeName: (service = '', name = '') => signingSecretName(service, name),
  issue: (name, { nonProduction }) => newSecret(name, { number: 1, nonProduction }),
  schedule: SCHEDULE,
  runbook: signingRunbook('Signing secrets'),
  entry: secretEntry,
  rotationOf(
    { name, parties: [service = ''], entry }: DeclaredKind<z.output<typeof secretEntry>>,
    parts: RotationParts,
  ) {
    const { nonProduction } = parts
    return createSigningRotation({
      ...{ ...parts, kind: 'signing-secret', name, service },
      ...life({ ...parts, name, service, lifeMs: entry.lifeMs }),
      next({ value }) {
        const number = numberOf(value.expose()) + 1
        return Promise.resolve(newSecret(name, { number, nonProduction }))
      },
    })
  },
})

/** Secrets of webhooks, see README.md: `defineFamily(declaration, { kinds: [webhookSecretKind] })`. */
export const webhookSecretKind = defineKind({
  kind: 'webhook-secret',
  parties: ['service', 'name'],
  spec: { owner: webhookSecret },
  storeName: (service = '', name = '') => webhookSecretName(service, name),
  issue: (name, options) => Secret.of(makeWebhookSecret(options), name),
  schedule: SCHEDULE,
  runbook: webhookRunbook,
  entry: webhookEntry,
  rotationOf(
    {
      name,
      parties: [service = ''],
      entry: { overlapMs },
    }: DeclaredKind<z.output<typeof webhookEntry>>,
    parts: RotationParts,
  ) {
    const why = 'both sign until every receiver has the new one'
    return createSigningRotation({
      ...{ ...parts, kind: 'webhook-secret', name, service },
      ended: outlive({ ...parts, name, service, lifeMs: overlapMs, why }),
      end: `both sign for ${overlapMs} ms more`,
      next: () => Promise.resolve(Secret.of(makeWebhookSecret(parts), name)),
    })
  },
})

/** Keys of JSON Web Tokens, see README.md: `defineFamily(declaration, { kinds: [signingKeyKind] })`. */
export const signingKeyKind = defineKind({
  kind: 'signing-key',
  parties: ['service', 'name'],
  spec: { owner: signingKey },
  storeName: (service = '', name = '') => signingKeyName(service, name),
  issue: (name, options) => Secret.of(makeSigningKey('ES256', options), name),
  schedule: SCHEDULE,
  runbook: signingRunbook('Keys of tokens'),
  entry: keyEntry,
  async rotationOf(
    { name, parties: [service = ''], entry }: DeclaredKind<z.output<typeof keyEntry>>,
    parts: RotationParts,
  ) {
    const { lifeMs, algorithm, cacheMs, jwks, trust } = entry
    const { pollMs, deadlineMs } = patienceOf(parts, name)
    const { fetch } = await callingOf(trust, parts)
    const url = jwks === undefined ? {} : { url: parseSetUrl(jwks) }
    const published = { ...url, cacheMs, pollMs, deadlineMs, fetch }
    return createSigningRotation({
      ...{ ...parts, kind: 'signing-key', name, service },
      ...life({ ...parts, name, service, lifeMs }),
      next: () => Promise.resolve(Secret.of(makeSigningKey(algorithm, parts), name)),
      publish: (version, context) => waitUntilKnown(version, published, context),
    })
  },
})

/** The end of what is read for as long as it lives. */
function life(options: Omit<OutliveOptions, 'why'>) {
  return {
    ended: outlive({ ...options, why: 'what the old one signed is still read' }),
    end: `what the old one signed has reached its end, ${options.lifeMs} ms later`,
  }
}

const SECRET_BYTES = 32

function newSecret(
  name: string,
  { number, nonProduction }: { readonly number: number; readonly nonProduction: boolean },
): Secret {
  const mark = nonProduction ? NON_PRODUCTION_PREFIX : ''
  return Secret.of(`${mark}${number}.${randomBytes(SECRET_BYTES).toString('base64url')}`, name)
}
