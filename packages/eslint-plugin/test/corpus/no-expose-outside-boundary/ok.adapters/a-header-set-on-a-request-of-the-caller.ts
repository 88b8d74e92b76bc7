import type { Secret } from '../../secret.ts'
export function authorize(request: { headers: Record<string, string> }, token: Secret) {
  request.headers['authorization'] = `Bearer ${token.expose()}`
}
