import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCertificates } from '@rekey/tls-identity'
import { createSigningRequest as createRequest } from '@rekey/ca-keystore'
import { type Deployment, parseDeployment } from '@rekey/family'
import { issueIdentity, signingServiceSigner } from '@rekey/tls-identity/rotation'
import type { SecretStore } from '@rekey/secret'
import type { Replica } from '@rekey/secret/kind'

const SERVICE = 'frontend'
const NAMES = ['frontend', 'localhost', '127.0.0.1'] as const

/** What the secret of the scene is called on the command line. */
export const TITLE = `tls ${SERVICE}`

/** Where the secrets of the scene are. */
export interface TlsStack {
  readonly family: Deployment
  readonly directory: string
  readonly store: SecretStore
}

/** The certificates of a stack: what clients trust, how the first identity is made, and the family that declares it. */
export async function describeTls({ directory, store, family }: TlsStack) {
  const file = join(directory, 'ca', 'ca.crt')
  const trust = String(parseCertificates(await readFile(file, 'utf8')).at(-1))
  const url = family.fleet.find(({ service }) => service === 'signing')?.url ?? ''
  const key = async () => (await store.read('API_KEY_FRONTEND_SIGNING')).current.value
  const signer = signingServiceSigner({ url, key })
  const identity = {
    ...{ service: SERVICE, names: NAMES, trust: { file } },
    signer: { service: 'signing' },
  }
  return {
    trust,
    issueFirst: () => issueIdentity({ service: SERVICE, names: NAMES, createRequest, signer }),
    familyWith(replicas: readonly Replica[]): Deployment {
      const others = family.fleet.filter(({ service }) => service !== SERVICE)
      const secrets = { ...family.secrets, tls: [identity] }
      return parseDeployment({ ...family, secrets, fleet: [...others, ...replicas] }, 'the scene')
    },
  }
}
