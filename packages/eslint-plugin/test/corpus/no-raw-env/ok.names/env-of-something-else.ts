import { env } from './env.ts'

export const key = env.API_KEY
