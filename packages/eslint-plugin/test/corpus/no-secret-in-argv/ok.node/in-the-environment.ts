import { secret } from '../../secret.ts'
import { spawn } from 'node:child_process'
spawn('pg_dump', ['--host', 'localhost'], {
  env: { ...process.env, PGPASSWORD: secret.expose() },
})
