// @typed
import type { Secret } from '../../secret.ts'
interface Context {
  readonly state: Record<string, any>
}
export function authenticate(context: Context, apiKey: Secret) {
  context.state.apiKey = apiKey
}
