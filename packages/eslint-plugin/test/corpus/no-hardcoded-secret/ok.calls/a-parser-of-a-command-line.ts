import { parseArgs } from 'node:util'

export const { values } = parseArgs({
  options: { password: { type: 'string', short: 'p' }, token: { type: 'string' } },
})
