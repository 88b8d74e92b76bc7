import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

export const { API_KEY } = parseEnv(readFileSync('.env', 'utf8'))
