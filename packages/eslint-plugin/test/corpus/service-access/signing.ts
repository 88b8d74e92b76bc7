// ---- a-constant-that-is-read-later
interface Source {
  read(name: string): Promise<unknown>
}
const SECRET_NAME = 'DATABASE_FRONTEND' // expect: name
export class Reader {
  constructor(private readonly source: Source) {}
  read() {
    return this.source.read(SECRET_NAME)
  }
}

// ---- both-its-calls
interface Source {
  read(name: string): Promise<unknown>
}
export const load = async (source: Source) => [
  await source.read('API_KEY_FRONTEND_SIGNING'),
  await source.read('API_KEY_SIGNING_CERTTRANSPARENCY'),
]

// ---- a-database
import { postgresLogin } from '@rekey/db-pool-rotator' // expect: kind
export const secrets = { database: postgresLogin({ ownerRole: 'signing' }) }
export const issue = () => secrets

// ---- a-role-named-after-another
import { openRotatingPool } from '@rekey/db-pool-rotator'
declare const credentials: never
const ownerRole = 'frontend_owner'
export const pool = await openRotatingPool({ credentials, ownerRole }) // expect: owner

// ---- an-oidc-client
import { oidcClient } from '@rekey/oidc-client' // expect: kind
export const secrets = { oidc: oidcClient() }

// ---- calling-back
import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
export const secrets = { frontend: apiKeyFrom('frontend'), back: apiKeyTo('frontend') } // expect: call

// ---- the-name-of-a-caller
import { createKeyring } from '@rekey/api-key-auth'
declare const secrets: { frontend: never }
export const keyring = createKeyring({ frontend: secrets.frontend })

// ---- reading-the-oidc-client-secret
interface Store {
  read(name: string): Promise<unknown>
}
export const load = (store: Store) => store.read('OIDC_CLIENT_SECRET_FRONTEND') // expect: name

// ---- a-helper-of-a-package
import { createKeyring } from '@rekey/api-key-auth'
import { openCaKeystore } from '@rekey/ca-keystore'
export const parts = [createKeyring, openCaKeystore]

// ---- a-peer-that-is-known-at-run-time
import { apiKeyTo } from '@rekey/api-key-auth'
export const keyTo = (peer: string) => apiKeyTo(peer)

// ---- a-setting-named-after-another
import { z } from 'zod'
export const settings = z.object({
  SERVER_NAMES_FRONTEND: z.string(),
  CERTTRANSPARENCY_URL: z.url(),
})

// ---- a-table-of-its-own
declare function readAll(names: readonly string[]): Promise<unknown[]>
export const all = await readAll(['CA_PASSPHRASE_SIGNING', 'API_KEY_FRONTEND_SIGNING'])

// ---- methods-of-every-object
import * as auth from '@rekey/api-key-auth'
export const text = [auth.toString(), auth.constructor()]

// ---- the-definition
import { apiKeyFrom, apiKeyTo } from '@rekey/api-key-auth'
import { caPassphrase } from '@rekey/ca-keystore'
import { defineService } from '@rekey/config-loader'
import { z } from 'zod'
export const definition = defineService({
  name: 'signing',
  settings: z.object({ CA_DIRECTORY: z.string() }),
  secrets: {
    frontend: apiKeyFrom('frontend'),
    certtransparency: apiKeyTo('certtransparency'),
    ca: caPassphrase(),
  },
})
