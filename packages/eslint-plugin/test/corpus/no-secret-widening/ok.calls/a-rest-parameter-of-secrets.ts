import { type Secret, secret } from '../../secret.ts'
declare function disposeAll(...secrets: Secret<unknown>[]): void
disposeAll(secret, secret)
