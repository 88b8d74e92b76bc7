import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** The storage of one origin in one browser, and the requests that its page makes. */
export interface Origin {
  /** Asks as the page does, with a proof of the session if there is one. Headers given here replace its own. */
  ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>
  /** Finishes a sign-in with a new key, which is kept if the console takes it. */
  finish(query: string, attempt: string): Promise<Response>
  /** The header with the proof of a request. */
  prove(method: string, path: string, body?: string): Readonly<Record<string, string>>
}

/** Creates the browser of a person at a console, without a session. */
export function createOrigin(here: string): Origin {
  let pair: KeyPair | undefined
  const prove: Origin['prove'] = (method, path, body = '') =>
    pair === undefined ? {} : { 'x-rekey-proof': proofOf(pair, `${method} ${path}`, body) }
  const ask: Origin['ask'] = (method, path, body = {}, more = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const sent = method === 'GET' ? '' : text
    const own = { 'content-type': 'application/json', origin: here, ...prove(method, path, sent) }
    const request = { method, headers: { ...own, ...more } }
    return fetch(new URL(path, here), method === 'GET' ? request : { ...request, body: sent })
  }
  return {
    ...{ ask, prove },
    async finish(query, attempt) {
      const next = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const body = { query, attempt, key: rawOf(next) }
      const response = await ask('POST', '/callback', body)
      const { title } = (await response.clone().json()) as { readonly title?: string }
      if (response.ok && title === undefined) pair = next
      return response
    },
  }
}

function proofOf(pair: KeyPair, head: string, body: string): string {
  const once = randomBytes(16).toString('base64url')
  const key = { key: pair.privateKey, dsaEncoding: 'ieee-p1363' } as const
  const signature = sign('sha256', Buffer.from(`${head}\n${once}\n${body}`), key)
  return `${rawOf(pair)}.${once}.${signature.toString('base64url')}`
}

/** The point of a public key, as WebCrypto exports it. */
function rawOf({ publicKey }: KeyPair): string {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const parts = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
  return Buffer.concat(parts).toString('base64url')
}
