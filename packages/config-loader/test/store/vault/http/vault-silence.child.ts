import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'
import { Secret } from '@rekey/secret'
import { createVaultClient, type VaultConnection } from '../../../../src/store/vault/internal.ts'
import { openVaultStore } from '../../../../src/store/vault/index.ts'

/** Works with a store, well and badly, and shows every error in the ways in which errors are shown. Input comes by stdin. */
interface Input {
  readonly address: string
  readonly token: string
  readonly path: string
  readonly value: string
}

const NAME = 'API_KEY_FRONTEND_SIGNING'
const { address, token, path, value } = JSON.parse(await text(process.stdin)) as Input

function connect(to: string, bearer: string): VaultConnection {
  const client = createVaultClient({ address: to, retries: 0 })
  const own = Secret.of(bearer, 'VAULT_TOKEN')
  return { address: to, request: (request) => client.request({ token: own, ...request }) }
}

const store = await openVaultStore({ connection: connect(address, token), path })
const secret = Secret.of(value, NAME)
const { revision } = await store.create(NAME, secret)
await store.read(NAME)
console.log(store, await store.read(NAME))

const Agent = createRequire(import.meta.url)('undici/lib/dispatcher/agent.js') as new () => object
const below = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1')) as unknown
console.log(`below fetch: ${below instanceof Agent ? 'another' : "the process's own"}`)

const client = connect(address, token)
const login = { role_id: value, secret_id: value }
const failures = await Promise.allSettled([
  store.create(NAME, secret),
  store.stage(NAME, secret, revision),
  client.request({ method: 'POST', path: 'auth/approle/login', body: login }),
  client.request({ method: 'POST', path: 'secret/data/x', body: { data: value } }),
  client.request({ method: 'POST', path: 'sys/wrapping/unwrap', body: { token: value } }),
  connect(address, `${token}x`).request({ method: 'GET', path: 'secret/data/x' }),
  connect('http://127.0.0.1:9', token).request({ method: 'POST', path: 'x', body: login }),
])
for (const failure of failures) {
  if (failure.status === 'fulfilled') throw new Error('a request that must fail did not')
  const error = failure.reason as Error
  console.log('failed: %s %o %O %j', error, error, error, error)
  console.error(error, error.stack, error.cause, JSON.stringify(error))
}
void Promise.reject(failures[0].status === 'rejected' ? (failures[0].reason as Error) : new Error())
