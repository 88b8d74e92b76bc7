import { once } from 'node:events'
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  createServer,
  type SecureContext,
} from 'node:tls'
import { followTls, tlsIdentity } from '@rekey/tls-identity'
import { issueIdentity, tlsKind } from '@rekey/tls-identity/internal/rotate'
import { CallCount } from './call-count.ts'
import { CertificateAuthority } from './certificate-authority.ts'
import type { FleetModel } from './fleet-model.ts'
import { holding, type KindWorld, WAITS } from './kind-world.ts'
import type { TlsNetwork } from './tls-network.ts'
import type { WorldParts } from './world-parts.ts'

const NAME = 'beta'
/** How late a replica may see the store, and the time in which it starts. */
const LONGER_THAN_A_LAG_MS = 25_000

/** The certificate of beta, which every replica shows; each alpha makes handshakes with the replicas in turn. */
export async function certificateWorld(
  parts: WorldParts,
  { network, fleet }: { network: TlsNetwork; fleet: FleetModel },
): Promise<KindWorld> {
  const calls = new CallCount(parts, 'certificate')
  const authority = new CertificateAuthority(parts.time)
  const client = { trusting: createSecureContext({ ca: authority.trust }), authority }
  const issuer = { createRequest: authority.createRequest, signer: authority.sign }
  const names = [NAME] as const
  const order = { ...issuer, service: 'beta', names, clock: parts.time }
  const refuse = (name: string) => (error: unknown) => {
    if (!isOutOfReach(error)) calls.refuse(name)
    throw error
  }
  const first = await issueIdentity(order)
  return {
    title: 'certificate',
    secret: tlsIdentity().nameFor('beta'),
    firstValue: first.expose(),
    calls,
    parts: {
      alpha: {
        replicaComes: (process) => ({
          async call() {
            const host = fleet.oneOf('beta')
            if (host === undefined) return
            const shake = () => process.outside(() => shakeHands(host, client))
            await calls.count(process.name, () => shake().catch(refuse(process.name)))
          },
        }),
      },
      beta: holding(
        ({ clock }) => tlsIdentity({ clock }),
        (process, live) => {
          const server = createServer()
          const follower = followTls(server, live)
          network.serve(process, server)
          return {
            replicaGoes: () => {
              follower.close()
            },
          }
        },
      ),
    },
    rotates: (_process, { fleet }) =>
      tlsKind.rotation({
        ...{ ...WAITS, validationMs: LONGER_THAN_A_LAG_MS },
        ...{ ...issuer, fleet, service: 'beta', names, trust: authority.trust },
        revokeOld(serial) {
          authority.revoke(serial)
          return Promise.resolve()
        },
      }),
  }
}

/** Whether no server was there to show a certificate. */
function isOutOfReach(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
}

/** One handshake of a client that trusts the authority alone, and takes nothing that it has revoked. */
async function shakeHands(
  host: string,
  { trusting, authority }: { trusting: SecureContext; authority: CertificateAuthority },
): Promise<void> {
  const socket = connect({
    ...{ host, port: 443, secureContext: trusting, servername: NAME },
    checkServerIdentity: (_servername, certificate) => checkServerIdentity(NAME, certificate),
  })
  try {
    await once(socket, 'secureConnect')
    const { serialNumber } = socket.getPeerCertificate()
    if (authority.isRevoked(serialNumber)) throw new TypeError('the certificate is revoked')
  } finally {
    socket.on('error', () => undefined)
    socket.destroy()
  }
}
