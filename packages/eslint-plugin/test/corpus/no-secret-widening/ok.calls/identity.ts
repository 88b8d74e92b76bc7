import { secret } from '../../secret.ts'
declare const other: unknown
export const isSame = Object.is(secret, other) || [secret].includes(secret)
