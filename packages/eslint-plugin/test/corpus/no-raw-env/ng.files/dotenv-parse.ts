import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'

export const values = parse(readFileSync('.env'))
