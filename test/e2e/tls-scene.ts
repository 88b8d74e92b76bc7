import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCertificates } from '@rekey/tls-identity'
import { createSigningRequest as createRequest } from '@rekey/ca-keystore'
import type { Deployment } from '@rekey/family'
import { createFleet } from '@rekey/rotation'
import { issueIdentity, signingServiceSigner, tlsKind } from '@rekey/tls-identity/rotation'
import type { SecretStore } from '@rekey/secret'
import type { Replica } from '@rekey/secret/kind'

const SERVICE = 'frontend'
const NAMES = ['frontend', 'localhost', '127.0.0.1'] as const

/** Where the secrets of the scene are. */
export interface TlsStack {
  readonly family: Pick<Deployment, 'fleet'>
  readonly directory: string
  readonly store: SecretStore
}

/** The certificates of a stack: what clients trust, how the first identity is made, how it is rotated. */
export async function describeTls({ directory, store, family: { fleet } }: TlsStack) {
  const chain = parseCertificates(await readFile(join(directory, 'ca', 'ca.crt'), 'utf8'))
  const trust = String(chain.at(-1))
  const url = fleet.find(({ service }) => service === 'signing')?.url ?? ''
  const key = async () => (await store.read('API_KEY_FRONTEND_SIGNING')).current.value
  const signer = signingServiceSigner({ url, key })
  return {
    trust,
    issueFirst: () => issueIdentity({ service: SERVICE, names: NAMES, createRequest, signer }),
    kindFor: (replicas: readonly Replica[]) =>
      tlsKind.rotation({
        service: SERVICE,
        names: NAMES,
        createRequest,
        signer,
        trust,
        fleet: createFleet(replicas),
        pollMs: 20,
      }),
  }
}
