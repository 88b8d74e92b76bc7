import { secret } from '../../secret.ts'
function problem(code: string, details: Record<string, unknown> = {}) {
  return Object.assign(new Error(code), { details })
}
export function check(status: number) {
  if (status === 403) throw problem('forbidden', { key: secret.expose() })
}
