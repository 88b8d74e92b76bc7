import { randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret, SecretError, type SecretVersion } from '@rekey/secret'
import {
  awaitBarrier,
  type BarrierCondition,
  callingOf,
  longestStep,
  type NeededSecrets,
  patienceOf,
  reaches,
  type RevokedVersion,
  rollCall,
  type RotationParts,
  waitForSilence,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import {
  type DeclaredSecret,
  defineKind,
  type Plan,
  type RotationKind,
  type StepContext,
} from '@rekey/secret/kind'
import type { ClientAddress } from '../spec/discover.ts'
import { oidcClient } from '../spec/oidc-client.ts'
import { proveClientSecret } from '../spec/prove-client-secret.ts'
import type { ClientSecretProvider, ProviderPlan } from './client-secret-provider.ts'
import { credentialOf, providerAt, type ProviderPlace } from './provider-place.ts'
import { isAccepted, untilRefused } from './until-refused.ts'
import { oidcClientRunbook } from '../runbook.ts'

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
 * OIDC client secrets: every replica loads the new one before the provider gets it, wherever it is ours to choose; a token
 * request proves it; every replica has authenticated with it by itself; a token request proves that the old one is refused.
 *
 * Replicas must fall back between live versions, as `createRotatingClient` does: a provider that holds one secret only
 * refuses `current` from `admit` until `promote`.
 */
export const oidcClientKind = defineKind({
  kind: 'oidc-client',
  parties: ['service'],
  spec: { owner: oidcClient },
  storeName: (service) => SPEC.nameFor(service),
  issue: (name, { nonProduction }) => newValue(name, nonProduction),
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
  const { service, provider, nonProduction, validationMs } = options
  const name = SPEC.nameFor(service)
  const { issuer, clientId, fetch } = options
  const address = { issuer, clientId, ...(fetch && { fetch }) }
  const patience = { ...patienceOf(options, name), service }
  const replicas = (condition: Condition, context: StepContext) =>
    awaitBarrier({ ...patience, ...condition }, context)

  return {
    kind: 'oidc-client',
    longestStepMs: longestStep(patience.deadlineMs, validationMs),
    name,
    ...(provider.lateCall !== undefined && { lateCall: provider.lateCall }),
    async plan({ current }, signal) {
      const present = await rollCall(patience, signal)
      return describeSteps(await provider.plan(current.value, signal), present, validationMs)
    },
    generate: (current, context) => nextSecret(provider, { current, context, nonProduction }),
    async admit({ current, pending }, context) {
      await replicas(hasLoaded(pending), context)
      await provider.accept({ current: current.value, next: pending.value }, context)
    },
    prove: (candidate, _reference, { signal }) =>
      proveClientSecret(address, candidate.value, signal),
    async confirm({ current, previous }, context) {
      await replicas(usesOnly(current), context)
      await waitForSilence(previous, { ...patience, validationMs }, context)
    },
    async revoke({ previous }, context) {
      await provider.retire(context)
      await untilRefused(previous.value, { ...patience, ...address }, context)
    },
    confirmRevoked: (revoked, context) => replicas(hasDropped(revoked), context),
    leave: ({ current }, context) => replicas(usesAgain(current), context),
    async abort({ current, pending }, context) {
      await provider.withdraw({ current: current.value, next: pending.value }, context)
      if (!context.compromised) await checkWayBack(address, { current, pending }, context)
    },
  }
}

type Condition = Pick<BarrierCondition, 'what' | 'met' | 'awaited' | 'version'>

function hasLoaded(version: SecretVersion): Condition {
  return { version, what: 'load both secrets', ...reaches('loaded', version) }
}

function usesOnly(version: SecretVersion): Condition {
  return { version, what: 'use the new secret', ...reaches('in-use', version) }
}

function hasDropped(revoked: RevokedVersion): Condition {
  return { what: 'drop the old secret', ...reaches('gone', revoked) }
}

function usesAgain(version: SecretVersion): Condition {
  return { what: 'use the old secret again', ...reaches('in-use', version) }
}

const SECRET_BYTES = 32

async function nextSecret(
  provider: ClientSecretProvider,
  given: { current: SecretVersion; context: StepContext; nonProduction: boolean },
): Promise<Secret> {
  const { current, context, nonProduction } = given
  if (provider.choose === undefined) return newValue(current.name, nonProduction)
  if (nonProduction && provider.choosesMarked !== true) throw wrongMark(nonProduction)
  const chosen = await provider.choose(current.value, context)
  if (chosen.expose().startsWith(NON_PRODUCTION_PREFIX) !== nonProduction) {
    throw wrongMark(nonProduction)
  }
  SPEC.parse(chosen.expose())
  return Secret.of(chosen.expose(), current.name)
}

function newValue(label: string, nonProduction: boolean): Secret {
  const mark = nonProduction ? NON_PRODUCTION_PREFIX : ''
  return Secret.of(mark + randomBytes(SECRET_BYTES).toString('base64url'), label)
}

function wrongMark(nonProduction: boolean): SecretError {
  const mark = `begins with ${NON_PRODUCTION_PREFIX}`
  const message = nonProduction
    ? `only a secret that ${mark} is for development: use a provider that takes one of ours`
    : `a secret that ${mark} is not for production: make another one`
  return new SecretError('refused', message)
}

/** Stops before the only secret that works is thrown away: a provider that chose it cannot bring the old one back. */
async function checkWayBack(
  address: ClientAddress,
  { current, pending }: { current: SecretVersion; pending: SecretVersion },
  { signal }: StepContext,
): Promise<void> {
  if (await isAccepted(address, current.value, signal)) return
  if (!(await isAccepted(address, pending.value, signal))) return
  const message =
    'the identity provider accepts only the new secret: finish the rotation by running it again'
  throw new SecretError('unreachable', message)
}

function describeSteps(at: ProviderPlan, present: string, validationMs: number): Plan {
  return {
    generate: at.generate,
    stage: 'the store keeps it as pending',
    admit: `every replica has loaded both secrets, and ${at.admit}; ${present}`,
    prove: 'a token request with the new secret',
    promote: 'the new secret becomes current, the old one previous',
    confirm: `every replica has authenticated with it, and none with the old one for ${validationMs} ms`,
    revoke: `${at.revoke}, and a token request with it is refused`,
  }
}
