import type { DotenvParseOutput } from 'dotenv'

export const names = (output: DotenvParseOutput) => Object.keys(output)
