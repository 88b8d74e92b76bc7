import type { Secret } from '../../secret.ts'
export async function load(url: URL, token: Secret): Promise<unknown> {
  const headers = { authorization: `Bearer ${token.expose()}` }
  const answer = await fetch(url, { headers })
  return answer.json()
}
