import { parseEnv } from './parse-env.ts'

export const values = parseEnv('A=1')
