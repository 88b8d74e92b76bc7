import { readFileSync } from 'node:fs'

export const documented = readFileSync('.env.example', 'utf8').match(/^[A-Z_]+(?==)/gm)
