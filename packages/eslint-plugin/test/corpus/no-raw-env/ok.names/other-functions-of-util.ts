import { inspect, parseArgs } from 'node:util'

const { values } = parseArgs({ options: { env: { type: 'string' } } })

export const shown = inspect(values.env)
