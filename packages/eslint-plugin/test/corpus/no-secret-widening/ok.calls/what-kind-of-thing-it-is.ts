import { types } from 'node:util'
import { Secret, secret } from '../../secret.ts'
export const kinds = [types.isProxy(secret), secret instanceof Secret, Array.isArray(secret)]
