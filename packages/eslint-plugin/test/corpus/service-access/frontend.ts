// ---- a-call-over-the-head-of-signing
import { apiKeyTo } from '@rekey/api-key-auth'
export const secrets = { record: apiKeyTo('certtransparency') } // expect: call

// ---- the-kinds-of-a-grant-of-its-own
import * as auth from '@rekey/api-key-auth'
export const secrets = { signing: auth.apiKeyTo('signing') }

// ---- a-call-to-a-constant
import { apiKeyTo as keyTo } from '@rekey/api-key-auth'
const PEER = 'certtransparency'
export const secrets = { record: keyTo(PEER) } // expect: call

// ---- a-function-of-another
export { issue } from '../signing/a-database.ts' // expect: foreign

// ---- only-a-type-of-another
import type { issue } from '../signing/a-database.ts'
import { type issue as issuing } from '../signing/a-database.ts'
export type Issue = typeof issue | typeof issuing

// ---- a-pool-as-another-owner
import { openRotatingPool } from '@rekey/db-pool-rotator'
declare const secrets: { database: never }
export const pool = await openRotatingPool({
  credentials: secrets.database,
  ownerRole: 'certtransparency', // expect: owner
})

// ---- an-owner-role-of-its-own
import { openRotatingPool } from '@rekey/db-pool-rotator'
declare const credentials: never
export const pool = await openRotatingPool({ credentials, ownerRole: 'frontend_owner' })

// ---- a-side-effect-of-another
import '../ok.signing/both-its-calls.ts' // expect: foreign

// ---- a-tls-identity
import { tlsIdentity } from '@rekey/tls-identity' // expect: kind
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({
  name: 'frontend',
  settings: z.object({}),
  secrets: { tls: tlsIdentity() },
})

// ---- the-definition
import { apiKeyTo } from '@rekey/api-key-auth'
import { defineService } from '@rekey/config-loader'
import { oidcClient } from '@rekey/oidc-client'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { z } from 'zod'
export const definition = defineService({
  name: 'frontend',
  settings: z.object({ PORT: z.coerce.number() }),
  secrets: {
    oidc: oidcClient(),
    signing: apiKeyTo('signing'),
    database: postgresLogin({ ownerRole: 'frontend' }),
  },
})

// ---- another-loaded-when-needed
export const definitionOf = async () => (await import('../ok.signing/the-definition.ts')).definition // expect: foreign

// ---- its-own-files
import { definition } from './the-definition.ts'
export const { name } = definition

// ---- another-required.js
const { definition } = require('../ok.certtransparency/the-definition') // expect: foreign
module.exports = definition

// ---- as-an-option
declare function openVaultSource(options: { names: Record<string, string> }): unknown
export const source = openVaultSource({ names: { ca: 'CA_PASSPHRASE_SIGNING' } }) // expect: name

// ---- being-called
import { apiKeyFrom } from '@rekey/api-key-auth'
export const secrets = { signing: apiKeyFrom('signing') } // expect: call

// ---- in-javascript.js
const { apiKeyTo } = require('@rekey/api-key-auth')
module.exports = { signing: apiKeyTo('signing') }

// ---- by-a-constant
interface Source {
  read(name: string): Promise<unknown>
}
const NAME = `${'DATABASE'}_CERTTRANSPARENCY` // expect: name
export const load = (source: Source) => source.read(NAME)

// ---- everything-of-another
export * from '../ok.signing/the-definition.ts' // expect: foreign

// ---- handed-on
export { caPassphrase } from '@rekey/ca-keystore' // expect: kind

// ---- only-the-type-of-a-definer
import type { caPassphrase } from '@rekey/ca-keystore'
export type Options = Parameters<typeof caPassphrase>[0]

// ---- imported-when-needed
export async function secrets() {
  const { caPassphrase } = await import('@rekey/ca-keystore')
  return { ca: caPassphrase() } // expect: kind
}

// ---- in-a-list-of-names
declare function readAll(names: readonly string[]): Promise<unknown[]>
export const all = await readAll(['DATABASE_FRONTEND', 'CA_PASSPHRASE_SIGNING']) // expect: name

// ---- its-own-passphrase
export const passphrase = process.env['CA_PASSPHRASE_FRONTEND'] // expect: name

// ---- names-that-look-like-it
export const { DATABASE_URL, DATABASE_POOL_SIZE, TLS_MIN_VERSION, API_KEY_HEADER } = process.env

// ---- out-of-a-namespace
import * as keystore from '@rekey/ca-keystore'
export const secrets = { ca: keystore.caPassphrase() } // expect: kind

// ---- another-function-of-that-package
import { generatePassphrase } from '@rekey/ca-keystore/internal'
export const passphrase = generatePassphrase()

// ---- reading-the-database-of-another
export const url = process.env.DATABASE_CERTTRANSPARENCY // expect: name

// ---- reading-the-key-of-another-call
export const key = process.env['API_KEY_SIGNING_CERTTRANSPARENCY'] // expect: name

// ---- its-own-names
export const texts = ['OIDC_CLIENT_SECRET_FRONTEND', 'DATABASE_FRONTEND'].map(
  (name) => process.env[name],
)
export const key = process.env['API_KEY_FRONTEND_SIGNING']

// ---- reading-the-passphrase-of-the-ca
interface Source {
  read(name: string): Promise<unknown>
}
export const load = (source: Source) => source.read('CA_PASSPHRASE_SIGNING') // expect: name

// ---- required.js
const { caPassphrase } = require('@rekey/ca-keystore')
module.exports = { ca: caPassphrase() } // expect: kind

// ---- taking-it-out-of-the-environment
const { DATABASE_CERTTRANSPARENCY: url } = process.env // expect: name
export default url

// ---- the-database-of-another
import { postgresLogin } from '@rekey/db-pool-rotator'
export const secrets = { database: postgresLogin({ ownerRole: 'certtransparency' }) } // expect: owner

// ---- an-owner-role-from-the-settings
import { postgresLogin } from '@rekey/db-pool-rotator'
export const database = (role: string) => postgresLogin({ ownerRole: role })

// ---- the-definition-of-another
import { loadService } from '@rekey/config-loader'
import { definition } from '../ok.signing/the-definition.ts' // expect: foreign
const service = await loadService(definition, { env: {} })
export default service

// ---- the-file-of-it
import { readFileSync } from 'node:fs'
export const passphrase = readFileSync(process.env['CA_PASSPHRASE_SIGNING_FILE'] ?? '', 'utf8') // expect: name

// ---- the-package-of-another
import { definition } from '@rekey/service-signing/secrets' // expect: foreign
export default definition

// ---- a-library-that-ends-in-the-name-of-another
import { sign } from 'jose/signing'
export default sign

// ---- the-passphrase-of-the-ca
import { caPassphrase } from '@rekey/ca-keystore' // expect: kind
export const secrets = { ca: caPassphrase() }

// ---- the-stage-before
export const old = process.env['DATABASE_CERTTRANSPARENCY__PREVIOUS'] // expect: name

// ---- through-a-variable
import * as keystore from '@rekey/ca-keystore'
const { caPassphrase: make } = keystore
export const ca = make() // expect: kind

// ---- under-another-name
import { caPassphrase as passphrase } from '@rekey/ca-keystore' // expect: kind
export const secrets = { ca: passphrase({ directorySetting: 'KEYS' }) }

// ---- with-the-name-of-another
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({ name: 'signing', settings: z.object({}), secrets: {} }) // expect: serviceName

// ---- a-function-of-that-name-of-its-own
function caPassphrase(length: number) {
  return 'x'.repeat(length)
}
export const shown = caPassphrase(12)

// ---- a-method-of-that-name
declare const form: { caPassphrase(): HTMLInputElement }
export const input = form.caPassphrase()

// ---- a-relative-file-of-its-own-folder
export * from './its-own-names.ts'

// ---- an-address-of-another
export const url = process.env['SIGNING_URL'] ?? 'https://signing.internal'
export const order = (fetch: (url: string) => void) => fetch(`${url}/certificates`)

// ---- another-in-a-text
export const hint = 'signing finds its passphrase under CA_PASSPHRASE_SIGNING in its store'

// ---- something-else-with-a-name
declare function defineRoute(route: { name: string }): void
defineRoute({ name: 'signing' })
