import { parseArgs } from 'node:util'

export const { values } = parseArgs({
  options: { host: { type: 'string' }, password: { type: 'string', default: 'password' } },
})
