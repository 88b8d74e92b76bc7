import { randomBytes } from 'node:crypto'
import {
  backoffMs,
  NON_PRODUCTION_PREFIX,
  Secret,
  SecretError,
  type SecretVersion,
} from '@rekey/secret'
import { SECRET_NAME, SECRET_NAME_RULE } from '@rekey/secret/internal'
import {
  awaitBarrier,
  type BarrierCondition,
  callingOf,
  longestStep,
  type NeededSecrets,
  type Patience,
  patienceOf,
  reaches,
  refuseToAsk,
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
import { trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { AdapterClient } from '../adapter/adapter-client.ts'
import { integrationName, integrationSecret } from '../spec/integration-secret.ts'
import { AdapterCredentials } from './adapter-credentials.ts'
import type { CredentialProvider, ProviderPlan } from './credential-provider.ts'
import { manualCredentials } from './manual-credentials.ts'
import { createProof, proofEntry } from './third-party-proof.ts'
import { integrationRunbook } from '../runbook.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const SECRET_BYTES = 32
const LONGEST_PAUSE_MS = 10_000

/** The credential of one service at a third party. */
export interface IntegrationKindOptions extends WaitOptions {
  /** The service that uses the credential. */
  readonly service: string
  /** The use that the service has for it: `smtp`. */
  readonly name: string
  /** Makes credentials at the third party and revokes them. */
  readonly provider: CredentialProvider
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
    }),
    z.strictObject({
      kind: z.literal('manual').describe('an operator pastes new credentials'),
      trust,
      prove: proofEntry,
    }),
  ]),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/**
 * Credentials at a third party: every replica loads the new one before the third party is asked to take it, wherever its value is
 * ours; it is tried there; every replica uses it and no other; the third party is asked until it refuses the old one.
 *
 * Replicas must fall back between live versions, as `followIntegration` does: a third party that holds one credential refuses
 * `current` before `promote`.
 */
export const integrationKind = defineKind({
  kind: 'integration',
  parties: ['service', 'name'],
  spec: { owner: integrationSecret },
  storeName: (service = '', name = '') => integrationName(service, name),
  issue: (name, { nonProduction }) => newValue(name, nonProduction),
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
): CredentialProvider {
  const calling = fetch && { fetch }
  if (place.kind === 'manual') return manualCredentials({ ask, prove: place.prove, ...calling })
  const key = async () => (await store.read(place.keyName)).current.value
  const adapter = new AdapterClient({ url: place.url, key, ...calling })
  const isAccepted = place.prove && createProof(place.prove, fetch)
  return new AdapterCredentials(adapter, { nonProduction, ...(isAccepted && { isAccepted }) })
}

function createRotation(options: IntegrationKindOptions): RotationKind {
  const { service, provider, nonProduction, validationMs } = options
  const secret = integrationName(service, options.name)
  const patience = { ...patienceOf(options, secret), service }
  const replicas = (condition: Condition, context: StepContext) =>
    awaitBarrier({ ...patience, ...condition }, context)

  return {
    kind: 'integration',
    name: secret,
    ...(provider.lateCall !== undefined && { lateCall: provider.lateCall }),
    longestStepMs: longestStep(patience.deadlineMs, validationMs),
    plan: async (_staged, signal) =>
      describeSteps(await provider.plan(signal), await rollCall(patience, signal)),
    async generate(current, context) {
      const chosen = await provider.choose(current, context)
      return chosen === undefined
        ? newValue(secret, nonProduction)
        : checked(chosen, current, nonProduction)
    },
    async admit(staged, context) {
      await replicas(hasLoaded(staged.pending), context)
      await provider.accept(staged, context)
    },
    prove: ({ value }, _reference, context) => tryNew({ provider, value }, patience, context),
    async confirm({ current, previous }, context) {
      await replicas(usesOnly(current), context)
      await waitForSilence(previous, { ...patience, validationMs }, context)
    },
    revoke: ({ previous: { value } }, context) => endOld({ provider, value }, patience, context),
    confirmRevoked: (revoked, context) => replicas(hasDropped(revoked), context),
    leave: ({ current }, context) => replicas(usesAgain(current), context),
    abort: (staged, context) => provider.withdraw(staged, context),
    sweep: async (staged, context) => (await provider.sweep?.(staged, context)) ?? [],
  }
}

type Condition = Pick<BarrierCondition, 'what' | 'met' | 'awaited' | 'version'>

function hasLoaded(version: SecretVersion): Condition {
  return { version, what: 'load both credentials', ...reaches('loaded', version) }
}

function usesOnly(version: SecretVersion): Condition {
  return { version, what: 'use the new credential', ...reaches('in-use', version) }
}

function hasDropped(revoked: RevokedVersion): Condition {
  return { what: 'drop the old credential', ...reaches('gone', revoked) }
}

function usesAgain(version: SecretVersion): Condition {
  return { what: 'use the old credential again', ...reaches('in-use', version) }
}

/** One value at a third party. */
interface ValueThere {
  readonly provider: CredentialProvider
  readonly value: Secret
}

async function tryNew(there: ValueThere, patience: Patience, context: StepContext): Promise<void> {
  if (await answers(true, there, patience, context)) return
  const message = 'the third party refuses the credential: see there what it is for'
  throw new SecretError('rejected', message)
}

async function endOld(there: ValueThere, patience: Patience, context: StepContext): Promise<void> {
  await there.provider.retire(there.value, context)
  if (await answers(false, there, patience, context)) return
  const remedy = 'remove it there, then run the rotation again'
  throw new SecretError(
    'unreachable',
    `the third party still accepts the old credential: ${remedy}`,
  )
}

/** Asks until the third party accepts, or refuses, a value, since it may need a while for either; false after the deadline. */
async function answers(
  wanted: boolean,
  { provider, value }: ValueThere,
  { deadlineMs, pollMs }: Patience,
  context: StepContext,
): Promise<boolean> {
  const { clock, signal } = context
  const deadline = clock.elapsed() + deadlineMs
  // A third party may lock an account after a few logins that failed.
  const backoff = { firstMs: pollMs, longestMs: Math.max(pollMs, LONGEST_PAUSE_MS) }
  for (let attempt = 0; (await provider.isAccepted(value, signal)) !== wanted; attempt += 1) {
    if (clock.elapsed() >= deadline) return false
    context.waiting(
      `the third party ${wanted ? 'refuses the new' : 'still accepts the old'} credential`,
    )
    const pauseMs = Math.min(backoffMs(backoff, attempt), deadline - clock.elapsed())
    await clock.sleep(pauseMs, signal, { keepAlive: true })
  }
  return true
}

function newValue(label: string, nonProduction: boolean): Secret {
  const mark = nonProduction ? NON_PRODUCTION_PREFIX : ''
  return Secret.of(mark + randomBytes(SECRET_BYTES).toString('base64url'), label)
}

/** @throws {SecretError} `refused` for the value in use, and for a mark of another environment, which no service would load */
function checked(chosen: Secret, { name, value }: SecretVersion, nonProduction: boolean): Secret {
  const text = chosen.expose()
  if (text === value.expose()) {
    throw new SecretError('refused', 'this is the credential that is in use: make a new one')
  }
  if (text.startsWith(NON_PRODUCTION_PREFIX) === nonProduction) return Secret.of(text, name)
  const must = nonProduction ? 'must begin' : 'must not begin'
  const message = `a credential for this environment ${must} with ${NON_PRODUCTION_PREFIX}: make another one`
  throw new SecretError('refused', message)
}

function describeSteps(at: ProviderPlan, present: string): Plan {
  return {
    generate: at.generate,
    stage: 'the store keeps it as pending',
    admit: `every replica has loaded both credentials, and ${at.admit}; ${present}`,
    prove: 'the third party is asked whether it accepts the new one',
    promote: 'the new credential becomes current, the old one previous',
    confirm: 'every replica uses the new one, and none the old one',
    revoke: `${at.revoke}, and is asked until it refuses it`,
  }
}
