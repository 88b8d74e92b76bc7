const STORE = 'keys'
const NAME = 'session'
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' }

/** Makes a key whose private half no script can read, this one included. */
export function createKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, false, ['sign'])
}

/** Keeps the key of the session for all tabs of this origin. No other origin reads it, also none of another port. */
export async function keepKey(pair: CryptoKeyPair): Promise<void> {
  await inStore('readwrite', (store) => store.put(pair, NAME))
}

/** Forgets the key of the session. */
export async function dropKey(): Promise<void> {
  await inStore('readwrite', (store) => store.delete(NAME))
}

/** The public half as the console registers it: the raw point in base64url. */
export async function publicOf({ publicKey }: CryptoKeyPair): Promise<string> {
  return base64url(await crypto.subtle.exportKey('raw', publicKey))
}

/**
 * Asks the console, with a proof of the session if this origin has a key: method, address, a text used once and the body, signed.
 *
 * @returns undefined if it does not answer
 */
export async function ask(
  method: 'GET' | 'POST',
  path: string,
  { body = '', signal }: { readonly body?: string; readonly signal?: AbortSignal } = {},
): Promise<Response | undefined> {
  const pair = await findKey().catch(() => undefined)
  const headers = {
    ...(method === 'POST' && { 'content-type': 'application/json' }),
    ...(pair && { 'x-rekey-proof': await prove(pair, `${method} ${path}`, body) }),
  }
  const sent = { ...(method === 'POST' && { body }), ...(signal && { signal }) }
  return fetch(path, { method, headers, ...sent }).catch(() => undefined)
}

async function findKey(): Promise<CryptoKeyPair | undefined> {
  return inStore('readonly', (store) => store.get(NAME) as IDBRequest<CryptoKeyPair | undefined>)
}

async function prove(pair: CryptoKeyPair, head: string, body: string): Promise<string> {
  const once = base64url(crypto.getRandomValues(new Uint8Array(16)).buffer)
  const signed = new TextEncoder().encode(`${head}\n${once}\n${body}`)
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, pair.privateKey, signed)
  return [await publicOf(pair), once, base64url(signature)].join('.')
}

function base64url(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

async function inStore<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open('rekey-console', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
  const database = await settled(opening)
  try {
    const transaction = database.transaction(STORE, mode)
    const request = act(transaction.objectStore(STORE))
    await committed(transaction)
    return request.result
  } finally {
    database.close()
  }
}

/** Waits until it is stored: of a page that is left before, the browser stores nothing. */
function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve()
    }
    transaction.onabort = () => {
      reject(transaction.error ?? new Error('the browser stores nothing'))
    }
  })
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result)
    }
    request.onerror = () => {
      reject(request.error ?? new Error('the browser stores nothing'))
    }
  })
}
