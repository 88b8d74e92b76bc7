import { secret } from '../../secret.ts'
export const copy = structuredClone(secret)
