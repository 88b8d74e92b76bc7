import { secret } from '../../secret.ts'
export const keys = Object.keys(secret).length + Reflect.ownKeys(secret).length
