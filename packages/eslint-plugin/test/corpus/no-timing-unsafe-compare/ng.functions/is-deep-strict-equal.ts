import { isDeepStrictEqual } from 'node:util'
import { login } from '../../secret.ts'

export const check = (given: unknown) => isDeepStrictEqual(given, login.expose())
