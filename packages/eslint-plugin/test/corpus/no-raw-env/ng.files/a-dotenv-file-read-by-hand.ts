import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const lines = readFileSync(join(import.meta.dirname, '.env'), 'utf8').split('\n')

export const values = Object.fromEntries(lines.map((line) => line.split('=')))
