import type { Secret } from '@rekey/secret'

export function ask(base: string, key: Secret): Promise<Response> {
  return fetch(`${base}/signatures?key=${key.expose()}`)
}
