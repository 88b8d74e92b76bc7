import { readFile } from 'node:fs/promises'

export const password =
  process.env.DB_PASSWORD ?? (await readFile('/run/secrets/db-password', 'utf8'))
