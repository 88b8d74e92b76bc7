import { secret } from '../../secret.ts'
import { ServiceError } from './service-error.ts'
export async function load(url: string) {
  const response = await fetch(url, { headers: { 'x-key': secret.expose() } })
  if (!response.ok)
    throw new ServiceError(`status ${response.status}`, { url, status: response.status })
  return response.json()
}
