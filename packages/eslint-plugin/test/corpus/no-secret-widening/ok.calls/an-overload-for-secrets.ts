import { type Secret, secret } from '../../secret.ts'
declare function describe(value: Secret): string
declare function describe(value: unknown): string
export const text = describe(secret)
