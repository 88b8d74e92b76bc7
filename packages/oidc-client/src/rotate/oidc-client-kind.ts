import { NON_PRODUCTION_PREFIX, type Secret, SecretError } from '@rekey/secret'
import {
  callingOf,
  type NeededSecrets,
  randomValue,
  type RotationParts,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import {
  createFarSideRotation,
  type DeclaredSecret,
  defineKind,
  type FarSide,
  type RotationKind,
  type StepContext,
  type WithPending,
} from '@rekey/secret/kind'
import type { ClientAddress } from '../spec/discover.ts'
import { oidcClient } from '../spec/oidc-client.ts'
import type { ClientSecretProvider, SecretChange } from './client-secret-provider.ts'
import { credentialOf, providerAt, type ProviderPlace } from './provider-place.ts'
import { oidcClientRunbook } from '../runbook.ts'
import { proveClientSecret } from '../spec/prove-client-secret.ts'

/** The name and the rule of the secret, as the service itself has them. */
const SPEC = oidcClient()

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The client that one service is at an identity provider. */
export interface OidcClientKindOptions extends WaitOptions {
  /** The service that is the client. */
  readonly service: string
  /** The URL of the identity provider. */
  readonly issuer: string
  /** The id of the client there. */
  readonly clientId: string
  /** Calls the issuer. Default: the global one. */
  readonly fetch?: typeof fetch
  /** The provider that sets the secret. */
  readonly provider: ClientSecretProvider
  /** Whether new secrets bear the mark of development. */
  readonly nonProduction: boolean
  /** How long no replica may have used the old secret before it ends. */
  readonly validationMs: number
}

/** The family's declaration of a client beside its service. */
interface ClientEntry {
  readonly clientId: string
  /** Absent while no deployment is known. */
  readonly provider?: ProviderPlace
}

/**
 * OIDC client secrets at an identity provider, see `createFarSideRotation`; token requests show which it accepts. Replicas fall back
 * between live versions, as `createRotatingClient` does.
 */
export const oidcClientKind = defineKind({
  kind: 'oidc-client',
  parties: ['service'],
  spec: { owner: oidcClient },
  storeName: (service) => SPEC.nameFor(service),
  issue: randomValue,
  schedule: { rotateAfterMs: 90 * DAY_MS, maxAgeMs: 180 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  rotation: createRotation,
  runbook: oidcClientRunbook,
  needs({ entry: { provider } }: DeclaredSecret<ClientEntry>): NeededSecrets {
    const name = provider && credentialOf(provider)
    if (name === undefined) return {}
    // A provider may replace a registration access token in any answer (RFC 7592 section 2.1).
    return provider?.kind === 'registration' ? { replaces: [name] } : { reads: [name] }
  },
  async rotationOf(
    { name, parties: [service = ''], entry }: DeclaredSecret<ClientEntry>,
    parts: RotationParts,
  ) {
    const { clientId, provider: place } = entry
    if (place === undefined) throw new TypeError('a deployment has the provider of each client')
    const calling = await callingOf(place.trust, parts)
    const client = { clientId, secretName: name }
    const provider = await providerAt(place, client, { ...parts, ...calling })
    return createRotation({
      ...parts,
      ...calling,
      service,
      issuer: place.issuer,
      clientId,
      provider,
    })
  },
})

function createRotation(options: OidcClientKindOptions): RotationKind {
  const { issuer, clientId, fetch, provider, ...others } = options
  const address = { issuer, clientId, ...(fetch && { fetch }) }
  return createFarSideRotation({
    ...others,
    kind: 'oidc-client',
    name: SPEC.nameFor(options.service),
    farSide: farSideOf(provider, address, options),
  })
}

function farSideOf(
  provider: ClientSecretProvider,
  address: ClientAddress,
  { nonProduction }: Pick<OidcClientKindOptions, 'nonProduction'>,
): FarSide {
  return {
    ...{ name: 'the identity provider', noun: 'secret', slots: provider.slots, gapMs: MINUTE_MS },
    ...(provider.lateCall !== undefined && { lateCall: provider.lateCall }),
    plan: ({ current }, signal) => provider.plan(current.value, signal),
    async choose({ value }, context) {
      if (provider.choose === undefined) return undefined
      if (nonProduction && provider.choosesMarked !== true) throw notMarked()
      const chosen = await provider.choose(value, context)
      SPEC.parse(chosen.expose())
      return chosen
    },
    add: (staged, context) => provider.accept(changeOf(staged), context),
    accepts: (value, signal) => isAccepted(address, value, signal),
    remove: (_value, context) => provider.retire(context),
    async withdraw(staged, context) {
      await provider.withdraw(changeOf(staged), context)
      if (!context.compromised) await checkWayBack(address, staged, context)
    },
  }
}

function changeOf({ current, pending }: WithPending): SecretChange {
  return { current: current.value, next: pending.value }
}

function notMarked(): SecretError {
  const message = `only a secret that begins with ${NON_PRODUCTION_PREFIX} is for development: use a provider that takes one of ours`
  return new SecretError('refused', message)
}

/** Stops before the only secret that works is thrown away: a provider that chose it cannot bring the old one back. */
async function checkWayBack(
  address: ClientAddress,
  { current, pending }: WithPending,
  { signal }: StepContext,
): Promise<void> {
  if (await isAccepted(address, current.value, signal)) return
  if (!(await isAccepted(address, pending.value, signal))) return
  const message =
    'the identity provider accepts only the new secret: finish the rotation by running it again'
  throw new SecretError('unreachable', message)
}

/**
 * Whether the identity provider accepts this secret, by a token request.
 *
 * @throws {SecretError} `unreachable` or `malformed` if the provider gave no verdict
 */
async function isAccepted(
  address: ClientAddress,
  secret: Secret,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await proveClientSecret(address, secret, signal)
    return true
  } catch (error) {
    if (error instanceof SecretError && error.code === 'rejected') return false
    throw error
  }
}
