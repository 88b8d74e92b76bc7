import { secret } from '../../secret.ts'
declare function once<T = unknown>(value: T): { readonly value: T }
export const held = once(secret)
