import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

export const secret = load('process').env.SESSION_SECRET
