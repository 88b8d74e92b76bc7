import { spawn } from 'node:child_process'
export const dump = (password: string) =>
  spawn('pg_dump', ['app'], { env: { ...process.env, PGPASSWORD: password } })
