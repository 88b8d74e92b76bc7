import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
export async function load(id: string) {
  const url = `https://example.com/${id}?key=${secret.expose()}`
  Sentry.addBreadcrumb({ category: 'http', data: { url, method: 'GET' } })
  return fetch(url)
}
