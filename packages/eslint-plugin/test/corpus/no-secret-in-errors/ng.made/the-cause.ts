import { secret } from '../../secret.ts'
export const failed = new Error('login failed', { cause: { password: secret.expose() } })
