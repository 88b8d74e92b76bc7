import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
export async function load(id: string) {
  const url = new URL(`https://example.com/${id}`)
  Sentry.addBreadcrumb({ category: 'http', data: { url: url.href, method: 'GET' } })
  return fetch(url, { headers: { authorization: `Bearer ${secret.expose()}` } })
}
