import { generateKeyPairSync, sign } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startRekey, type StartedRekey } from './start-rekey.ts'

/** Where the scanner found what it sends. */
export const FOUND_AT = 'https://github.com/shop/stock/blob/main/client.js'

/** A `rekey leaks listen`, and the scanner whose messages it believes. */
export interface ScannedFamily {
  readonly rekey: StartedRekey
  /** Sends a signed message with what was found. */
  readonly send: (...tokens: readonly string[]) => Promise<Response>
}

/** Starts `rekey leaks listen` for a family, with the key of a scanner of its own. */
export async function listenForScanner(folder: string, family: string): Promise<ScannedFamily> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const keys = join(folder, 'keys.json')
  const key = publicKey.export({ type: 'spki', format: 'pem' })
  await writeFile(keys, JSON.stringify({ public_keys: [{ key_identifier: 'one', key }] }))
  const args = ['leaks', 'listen', '--port', '0', '--keys', keys, '--family', family, '--json']
  const rekey = startRekey(args, {})
  const [, port = ''] = await rekey.until(/"port":(\d+)/)
  const send = (...tokens: readonly string[]) => {
    const body = JSON.stringify(tokens.map((token) => ({ token, type: 'key', url: FOUND_AT })))
    const signature = sign('sha256', Buffer.from(body), privateKey).toString('base64')
    const id = { 'github-public-key-identifier': 'one' }
    const headers = { ...id, 'github-public-key-signature': signature }
    return fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })
  }
  return { rekey, send }
}
