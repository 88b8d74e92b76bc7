// @typed
import { secret } from '../../secret.ts'
const registry = new Map<string, unknown>()
registry.set('database', secret)
export const registered = [...registry.values()]
