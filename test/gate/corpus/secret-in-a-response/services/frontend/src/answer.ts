import type { ServerResponse } from 'node:http'
import type { Secret } from '@rekey/secret'

export function answer(response: ServerResponse, key: Secret): void {
  response.end(JSON.stringify({ status: 'ready', key: key.expose() }))
}
