import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import {
  callingOf,
  type NeededSecrets,
  randomValue,
  refuseToAsk,
  type RotationParts,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import {
  createFarSideRotation,
  type DeclaredSecret,
  defineKind,
  type FarSide,
  type RotationKind,
} from '@rekey/secret/kind'
import { trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { AdapterClient } from '../adapter/adapter-client.ts'
import { integrationName, integrationSecret } from '../spec/integration-secret.ts'
import { AdapterCredentials } from './adapter-credentials.ts'
import { manualCredentials } from './manual-credentials.ts'
import { createProof, proofEntry } from './third-party-proof.ts'
import { integrationRunbook } from '../runbook.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The credential of one service at a third party. */
export interface IntegrationKindOptions extends WaitOptions {
  /** The service that uses the credential. */
  readonly service: string
  /** The use that the service has for it: `smtp`. */
  readonly name: string
  /** Makes credentials at the third party and revokes them. */
  readonly provider: FarSide
  /** Whether new values bear the mark of development. */
  readonly nonProduction: boolean
  /** How long no replica may have used the old credential before it ends. */
  readonly validationMs: number
}

const trust = trustEntry
  .optional()
  .describe('the roots of a private third party: PEM, or { "file": PATH }; default: public ones')

const entry = z.object({
  provider: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('adapter').describe('an HTTP adapter in front of the third party'),
      url: z.url(),
      trust,
      keyName: z
        .string()
        .regex(SECRET_NAME, SECRET_NAME_RULE)
        .describe('the secret that signs requests to the adapter'),
      prove: proofEntry.optional(),
      gapMs: z
        .int()
        .min(1_000)
        .max(60 * MINUTE_MS)
        .default(MINUTE_MS)
        .describe('the longest time in which calls may fail, where the third party holds one'),
    }),
    z.strictObject({
      kind: z.literal('manual').describe('an operator pastes new credentials'),
      trust,
      prove: proofEntry,
    }),
  ]),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/** Credentials at a third party, see `createFarSideRotation`. Replicas fall back between live versions, as `followIntegration` does. */
export const integrationKind = defineKind({
  kind: 'integration',
  parties: ['service', 'name'],
  spec: { owner: integrationSecret },
  storeName: (service = '', name = '') => integrationName(service, name),
  issue: randomValue,
  schedule: { rotateAfterMs: 90 * DAY_MS, maxAgeMs: 180 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  rotation: createRotation,
  runbook: integrationRunbook,
  entry,
  needs({ entry: { provider } }: Declared): NeededSecrets {
    return provider.kind === 'adapter' ? { reads: [provider.keyName] } : {}
  },
  async rotationOf({ parties: [service = '', name = ''], entry }: Declared, parts: RotationParts) {
    const calling = await callingOf(entry.provider.trust, parts)
    const provider = providerOf(entry.provider, { ...parts, ...calling })
    return createRotation({ ...parts, service, name, provider })
  },
})

function providerOf(
  place: z.output<typeof entry>['provider'],
  { store, nonProduction, fetch, ask = refuseToAsk }: RotationParts,
): FarSide {
  const calling = fetch && { fetch }
  if (place.kind === 'manual') return manualCredentials({ ask, prove: place.prove, ...calling })
  const key = async () => (await store.read(place.keyName)).current.value
  const adapter = new AdapterClient({ url: place.url, key, ...calling })
  const isAccepted = place.prove && createProof(place.prove, fetch)
  return new AdapterCredentials(adapter, {
    nonProduction,
    gapMs: place.gapMs,
    ...(isAccepted && { isAccepted }),
  })
}

function createRotation({ provider, name, ...options }: IntegrationKindOptions): RotationKind {
  return createFarSideRotation({
    ...options,
    kind: 'integration',
    name: integrationName(options.service, name),
    farSide: provider,
  })
}
