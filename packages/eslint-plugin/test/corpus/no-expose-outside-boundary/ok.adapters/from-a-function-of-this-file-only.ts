import type { Secret } from '../../secret.ts'
function basic(id: string, secret: Secret): string {
  const pair = [id, secret.expose()].map(encodeURIComponent).join(':')
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
export const ask = (url: URL, id: string, secret: Secret) =>
  fetch(url, { headers: { authorization: basic(id, secret) } })
