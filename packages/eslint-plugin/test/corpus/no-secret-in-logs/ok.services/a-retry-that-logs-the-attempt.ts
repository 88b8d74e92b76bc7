import { secret } from '../../secret.ts'
export async function post(url: string, body: unknown, log: any) {
  const headers = { authorization: `Bearer ${secret.expose()}` }
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    try {
      return await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
    } catch (error) {
      log.warn({ err: error, attempt, url }, 'retrying')
    }
  }
}
