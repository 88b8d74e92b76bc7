import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json, text } from 'node:stream/consumers'
import { apiKeyFrom, createKeyring, issueApiKey } from '@rekey/api-key-auth'
import { type CaKeystore, createCa, openRevocationLists } from '@rekey/ca-keystore'
import { generatePassphrase, createSigningRequest, type Profile } from '@rekey/ca-keystore/internal'
import { createLiveSecret } from '@rekey/secret/internal'
import { Secret, SecretError } from '@rekey/secret'
import { recallScrypt } from '@rekey/testbed/recall-scrypt'
import { ASK_CLIENTS } from '@rekey/tls-identity'
import Fastify from 'fastify'
import type { LogParts } from '../src/log-routes.ts'
import { addRoutes, type RouteParts } from '../src/routes.ts'

recallScrypt()

const DAY_MS = 86_400_000
const KEY = issueApiKey({ environment: 'test' }).text.expose()

/** The header that shows the key of frontend. */
export const authorization = `Bearer ${KEY}`

/** An answer of the log; that of a real one is verified before it is handed on. */
export const EVIDENCE = { index: 0, proof: [], checkpoint: 'note' }

/** Opens a CA and its revocation lists in a directory of its own. */
export async function openCa(validity: { validityMs?: number } = {}) {
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'signing-'))
  const passphrase = generatePassphrase()
  const commonName = 'Unit Development CA'
  const named = { directory: join(directory, 'ca'), commonName }
  const ca = await createCa({ ...named, passphrase, ...validity })
  const listDirectory = join(directory, 'lists')
  await mkdir(listDirectory)
  const lists = await openRevocationLists({ keystores: [ca], directory: listDirectory })
  const close = async () => {
    await lists.close()
    await ca.close()
    await rm(directory, { recursive: true })
  }
  return { ca, directory: join(directory, 'ca'), lists, listDirectory, close }
}

/** What a caller shows. */
export interface Shown {
  readonly key: string
  readonly cert: string
}

/** An identity of a service, issued by `ca`. */
export async function identityOf(
  ca: CaKeystore,
  service: string,
  profile: Profile = 'service',
): Promise<Shown> {
  const { privateKey, csr } = createSigningRequest({ commonName: service })
  const { certificate } = await ca.issueCertificate({
    ...{ csr, profile, subject: { commonName: service }, validityMs: DAY_MS },
    subjectAltNames: [{ kind: 'dns', value: service }],
  })
  return { key: privateKey.expose(), cert: certificate + ca.chain }
}

/** A request to signing. */
interface TestRequest {
  readonly path: string
  readonly body: object
  /** Default: nothing. */
  readonly shown?: Shown | undefined
  readonly headers?: Record<string, string>
}

/** A signing service that listens, with the key of frontend alone. */
export interface TestSigning {
  ask(request: TestRequest): Promise<{ status: number } & Record<string, unknown>>
  /** Asks, by default without a client certificate. */
  get(path: string, headers?: Record<string, string>, shown?: Shown): Promise<TestAnswer>
  readonly port: number
  /** Lines of its log from warnings on. */
  readonly warnings: readonly string[]
  close(): Promise<void>
}

interface TestAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

const down = () => Promise.reject(new SecretError('unreachable', 'there is no log in this test'))

/** Serves the routes of signing over mutual TLS. */
export async function openSigning(
  parts: Omit<RouteParts, 'keyring' | 'log'> & Partial<LogParts>,
): Promise<TestSigning> {
  const { ca } = parts
  const warnings: string[] = []
  const app = Fastify({
    logger: { level: 'warn', stream: { write: (line) => void warnings.push(line) } },
    https: { ...ASK_CLIENTS, ...(await identityOf(ca, 'signing')), ca: ca.chain },
  })
  const log = { checkpoint: down, consistencyProof: down }
  addRoutes(app, { log, ...parts, keyring: keyringOf(KEY) })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return {
    port,
    warnings,
    close: () => app.close(),
    async get(path, headers = {}, shown) {
      const sent = request({
        ...{ host: '127.0.0.1', port, path, agent: false, headers },
        ...{ ca: ca.chain, servername: 'signing', ...shown },
      }).end()
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      return {
        ...{ status: answer.statusCode ?? 0, headers: answer.headers },
        text: await text(answer),
      }
    },
    async ask({ path, body, shown, headers }) {
      const sent = request({
        ...{ host: '127.0.0.1', port, path, method: 'POST', agent: false },
        ...{ ca: ca.chain, servername: 'signing', ...shown },
        headers: { 'content-type': 'application/json', ...headers },
      }).end(JSON.stringify(body))
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      return { status: answer.statusCode ?? 0, ...((await json(answer)) as object) }
    },
  }
}

function keyringOf(text: string) {
  const name = 'API_KEY_FRONTEND_SIGNING'
  const value = Secret.of(apiKeyFrom('frontend').parse(text).value, name)
  const current = { name, version: 'v1', stage: 'current', value, sensitive: [] } as const
  return createKeyring({ frontend: createLiveSecret({ name, revision: 'r1', current }) })
}
