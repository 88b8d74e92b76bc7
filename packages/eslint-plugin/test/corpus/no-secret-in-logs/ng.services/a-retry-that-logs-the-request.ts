import { secret } from '../../secret.ts'
import { setTimeout as sleep } from 'node:timers/promises'
export async function post(url: string, body: unknown, log: any) {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret.expose()}` },
  }
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      return await fetch(url, init)
    } catch (error) {
      log.warn({ err: error, attempt, init }, 'retrying')
      await sleep(100 * attempt)
    }
  }
}
