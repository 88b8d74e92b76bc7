import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { compileExamples, type Factory, findFactories, loadPackages } from './examples.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What examples take as given. */
const VALUES = `
import type { ApiKeyVerifier } from '@rekey/api-key-auth'
import type { ServerResponse } from 'node:http'
import type { CaKeystore, IssuedCertificate } from '@rekey/ca-keystore'
import type { TlsIdentity } from '@rekey/tls-identity'
import type { CertificateSigner } from '@rekey/tls-identity/internal/rotate'
import type { DatabaseCredentials, RotatingPool } from '@rekey/db-pool-rotator'
import type { Service, ServiceDefinition } from '@rekey/config-loader'
import type { LiveSecret, Secret, SecretStore, StagedSecret, SecretSpec } from '@rekey/secret'
import type { RotationKind } from '@rekey/secret/kind'
import type { RotationParts } from '@rekey/secret/internal/kind'
import type { SqlClient } from '@rekey/secret/kind'
import type { RotationJournal } from '@rekey/rekey/engine'
import type { AwsRotationStore } from '@rekey/rekey/internal/engine'
import type { VaultConnection, VaultSession } from '@rekey/config-loader/internal/vault'
import type { z } from 'zod'
import type pg from 'pg'
type Secrets = {
  database: SecretSpec<DatabaseCredentials>
  ca: SecretSpec<string>
  oidc: SecretSpec<string>
  signing: SecretSpec<Secret>
  frontend: SecretSpec<ApiKeyVerifier>
}
export declare const service: Service<ServiceDefinition<z.ZodObject, Secrets>>
export declare const definition: ServiceDefinition<z.ZodObject, Secrets>
export declare const directory: string
export declare const keystore: CaKeystore
export declare const certificate: IssuedCertificate
export declare const passphrase: Secret
export declare const password: Secret
export declare const serial: string
export declare const printSheets: (shares: readonly object[]) => Promise<void>
export declare const key: Secret
export declare const text: string
export declare const pool: RotatingPool
export declare const admin: pg.Client & SqlClient
export declare const credentials: DatabaseCredentials
export declare const database: pg.Pool
export declare const staged: StagedSecret<Secret>
export declare const store: SecretStore & AwsRotationStore
export declare const journal: RotationJournal
export declare const kindFor: (name: string) => RotationKind
export declare const client: VaultConnection
export declare const session: VaultSession
export declare const signer: CertificateSigner
export declare const method: string
export declare const path: string
export declare const body: string
export declare const authorization: string | undefined
export declare const response: ServerResponse
export declare const trust: string
export declare const secrets: { readonly tls: LiveSecret<TlsIdentity> }
export declare const log: { info(event: unknown): void }
export declare const smtpLogin: () => SecretSpec<Secret>
export declare const createSmtpRotation: (options: RotationParts & { relay: string; name: string }) => RotationKind
`

/** Compiled with the others, to see that the compiler looks. */
const WRONG: Factory = {
  entry: '@rekey/config-loader',
  name: 'wrong',
  example: 'createMemoryStore({ API_KEY: 1 })',
}

let factories: Factory[]
let reports: string[]

beforeAll(() => {
  const packages = loadPackages(ROOT)
  factories = findFactories(packages)
  const given = factories.filter(({ example }) => example !== undefined)
  reports = compileExamples(packages, [...given, WRONG], VALUES)
}, 180_000)

it('every public factory has an example', () => {
  expect(factories.length).toBeGreaterThan(40)
  const without = factories.filter(({ example }) => example === undefined)
  expect(without.map(({ entry, name }) => `${entry} ${name}`)).toEqual([])
})

it('every example compiles against the packages, and one that does not fit its factory is found', () => {
  expect(reports).toEqual([
    expect.stringMatching(/^virtual-wrong\.ts:2 Type 'number' is not assignable/),
  ])
})
