import type { SecretVersion } from '@rekey/secret'
import {
  type AskOperator,
  longestStep,
  patienceOf,
  rollCall,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import { defineKind, type Plan, type RotationKind, type StepContext } from '@rekey/secret/kind'
import { tlsIdentity } from '../spec/tls-identity.ts'
import type { CertificateSigner } from './certificate-signer.ts'
import { IdentityFleet } from './identity-fleet.ts'
import { type CreateRequest, identityName, issueIdentity } from './issue-identity.ts'
import { checkTrusted, isServable, judgeIdentity, leafOf } from './judge-identity.ts'
import { concrete, namesIn, proveIdentity } from './prove-tls.ts'
import { checkTime, lifeOfIdentity } from './tls-renewal.ts'
import { tlsRunbook } from '../runbook.ts'

const MINUTE_MS = 60_000

/** The TLS identity of one service. The `url` of its replicas is where they serve TLS: `https://127.0.0.1:8443`. */
export interface TlsKindOptions extends WaitOptions {
  /** The service that the identity is for. */
  readonly service: string
  /** The hosts and addresses that clients call the service by. Every certificate is for all of them. */
  readonly names: readonly [string, ...string[]]
  /** Makes the certificate signing request. */
  readonly createRequest: CreateRequest
  /** Issues the certificates. */
  readonly signer: CertificateSigner
  /**
   * Gets an identity from the operator where the current one has expired, so that nothing can be ordered with it. Default: the signer
   * is asked all the same.
   */
  readonly ask?: AskOperator
  /** PEM of the roots that clients trust. */
  readonly trust: string
  /**
   * Has the CA revoke the certificate of that serial number (lower-case hexadecimal), once it is replaced or given up. May be
   * asked twice. Default: nothing is revoked, since a certificate that lives for a day is over before a list is read.
   */
  readonly revokeOld?: (serial: string, signal: AbortSignal) => Promise<void>
  /**
   * How long, in milliseconds, replicas that start are still seen to show the new certificate before `revokeOld` is asked: longer than a
   * replica may see the store late. Default 60,000; nothing waits without `revokeOld`.
   */
  readonly validationMs?: number
}

/**
 * TLS server certificates: a new key made here, certified by the signer; it is trusted, every replica has loaded it, and a
 * handshake proves it for every name; replicas swap their contexts; new handshakes with all of them show it.
 *
 * Connections that are open live on under the certificate they began with. They need its key no more, so no step waits for
 * them, and revoking it does not end them.
 */
export const tlsKind = defineKind({
  kind: 'tls',
  parties: ['service'],
  spec: { owner: tlsIdentity },
  storeName: identityName,
  lifeOf: lifeOfIdentity,
  // A certificate has no age of its own: it is due by its expiry.
  schedule: { staggerMs: 15 * MINUTE_MS },
  rotation: createRotation,
  runbook: tlsRunbook,
})

function createRotation(options: TlsKindOptions): RotationKind {
  const { service, names, createRequest, signer, trust, revokeOld, ask } = options
  const { validationMs = MINUTE_MS } = options
  const secret = identityName(service)
  const patience = { ...patienceOf(options, secret), service }
  const replicas = new IdentityFleet({ ...patience, name: concrete(names[0]), trust })

  return {
    kind: 'tls',
    // Without a revocation by the CA clients accept the old certificate until it expires: there is nothing to attest.
    attestsItself: revokeOld === undefined,
    longestStepMs: longestStep(patience.deadlineMs, validationMs),
    name: secret,
    async plan(_staged, signal): Promise<Plan> {
      return describeSteps(await rollCall(patience, signal), names, revokeOld !== undefined)
    },
    generate: (current, { clock, signal }) =>
      ask !== undefined && !isServable(current, clock)
        ? ask(signal)
        : issueIdentity({ service, names, createRequest, signer, clock, signal }),
    async admit({ current, pending }, context) {
      checkTrusted(judgeIdentity(pending, context.clock), trust)
      // Who cannot read the current version any more, since it has expired, does not look at the next one either.
      if (isServable(current, context.clock)) await replicas.haveLoaded(pending, context)
    },
    async prove(candidate, _reference, { clock, signal }) {
      const identity = judgeIdentity(candidate, clock)
      checkTime(identity, candidate.stage, clock.now())
      checkTrusted(identity, trust)
      const asked = candidate.stage === 'pending' ? names : namesIn(identity, names)
      await proveIdentity(identity, { names: asked, trust, signal })
    },
    async confirm({ current }, context) {
      await replicas.serve(current, context)
      if (revokeOld === undefined) return
      // One that starts with a late view of the store shows what clients will refuse.
      await context.clock.sleep(validationMs, context.signal, { keepAlive: true })
      await replicas.serve(current, context)
    },
    async revoke({ current, previous }, context) {
      if (context.compromised) await replicas.serve(current, context)
      await disown(previous, options, context)
    },
    async abort({ pending }, context) {
      await replicas.leave(pending, context)
      await disown(pending, options, context)
    },
  }
}

async function disown(
  version: SecretVersion,
  { revokeOld }: TlsKindOptions,
  { signal }: StepContext,
): Promise<void> {
  const serial = leafOf(version)?.serial
  if (serial !== undefined) await revokeOld?.(serial, signal)
}

function describeSteps(present: string, names: readonly string[], revokes: boolean): Plan {
  return {
    generate: `a new key, and from signing a certificate for ${names.join(', ')}`,
    stage: 'the store keeps both as pending',
    admit: `its root is trusted, and every replica has loaded it; ${present}`,
    prove: 'a handshake on loopback for each name, with a client that trusts only the root',
    promote: 'the new certificate becomes current, the old one previous',
    confirm: 'new handshakes with every replica show it; open connections are left alone',
    revoke: `the store drops the old key${revokes ? ', and the CA revokes the old certificate' : ''}`,
  }
}
