import { execFileSync } from 'node:child_process'

export const version = execFileSync('git', ['describe', '--always'], { encoding: 'utf8' })
