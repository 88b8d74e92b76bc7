import { secret } from '../../secret.ts'
const seen = new WeakMap<object, number>()
seen.set(secret, Date.now())
export const at = seen.get(secret)
