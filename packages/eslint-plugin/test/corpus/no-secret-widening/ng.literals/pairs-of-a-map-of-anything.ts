// @typed
import { secret } from '../../secret.ts'
export const registry = new Map<string, unknown>([
  ['host', 'localhost'],
  ['password', secret],
])
