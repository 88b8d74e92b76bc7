import { inspect } from 'node:util'
import { secret } from '../../secret.ts'
export const shown = [String(secret), inspect(secret), JSON.stringify({ secret })]
