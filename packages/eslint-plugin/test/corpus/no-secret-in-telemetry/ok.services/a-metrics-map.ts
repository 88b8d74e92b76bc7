import { secret } from '../../secret.ts'
const byKey = new Map<string, number>()
export const count = () => byKey.set(secret.expose(), (byKey.get(secret.expose()) ?? 0) + 1)
