import process, { cwd, hrtime } from 'node:process'

export const where = cwd()
export const since = hrtime.bigint()
process.stdout.write(`${where}\n`)
