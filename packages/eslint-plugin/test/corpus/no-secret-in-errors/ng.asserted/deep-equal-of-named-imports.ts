import { login } from '../../secret.ts'
import { deepStrictEqual } from 'node:assert'
export const check = (given: object) => deepStrictEqual(given, login.expose())
