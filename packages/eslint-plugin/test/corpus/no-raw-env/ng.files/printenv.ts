import { execFileSync } from 'node:child_process'

export const key = execFileSync('printenv', ['API_KEY'], { encoding: 'utf8' }).trim()
