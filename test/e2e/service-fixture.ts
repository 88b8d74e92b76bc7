import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueApiKey } from '@rekey/api-key-auth'
import { type CaKeystore, createCa } from '@rekey/ca-keystore'
import { createSigningRequest } from '@rekey/ca-keystore/internal'
import { Secret } from '@rekey/secret'
import { issueIdentity } from '@rekey/tls-identity/internal/rotate'
import { onTestFinished } from 'vitest'

/** The environment of a development machine. */
export const DEVELOPMENT = { REKEY_ENVIRONMENT: 'development' }

/** A value that nobody else has, marked as made for development. */
export const newText = (): string => `dev-${randomBytes(32).toString('base64url')}`

/** A new API key made for development. */
export const newKey = (): string => issueApiKey({ environment: 'dev' }).text.expose()

/** The text of an identity of a service, from a CA. */
export async function identityFrom(ca: CaKeystore, service: string): Promise<string> {
  const identity = await issueIdentity({
    ...{ service, names: [service], createRequest: createSigningRequest },
    async signer(csr) {
      const { certificate } = await ca.issueCertificate({
        ...{ csr, profile: 'service', subject: { commonName: service } },
        subjectAltNames: [{ kind: 'dns', value: service }],
        validityMs: 86_400_000,
      })
      return { certificate, chain: ca.chain }
    },
  })
  return identity.expose()
}

/** An identity of signing from a CA for development that nothing trusts. */
const SIGNING_IDENTITY = await makeIdentity()

async function makeIdentity(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-service-'))
  const passphrase = Secret.of(newText(), 'CA_PASSPHRASE')
  const commonName = 'Test Development CA'
  await using ca = await createCa({ directory: join(directory, 'ca'), passphrase, commonName })
  const text = await identityFrom(ca, 'signing')
  await rm(directory, { recursive: true })
  return text
}

/** A sound value for each secret of signing. */
export function signingSecrets(): Record<string, string> {
  return {
    API_KEY_FRONTEND_SIGNING: newKey(),
    API_KEY_SIGNING_CERTTRANSPARENCY: newKey(),
    CA_PASSPHRASE_SIGNING: newText(),
    TLS_SIGNING: SIGNING_IDENTITY,
  }
}

/** The lines of a .env file that holds these. */
export function envLines(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value.includes('\n') ? `'${value}'` : value}\n`)
    .join('')
}

/** Writes a file of a directory that is gone after the test, and gives its path. */
export async function writeIn(
  directory: string,
  name: string,
  content: string | object,
): Promise<string> {
  const path = join(directory, name)
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  await writeFile(path, text, { mode: 0o600 })
  return path
}

/** A directory that is gone after the test. */
export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-service-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}
