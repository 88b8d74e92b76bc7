import { secret } from '../../secret.ts'
import { spawnSync } from 'node:child_process'
spawnSync('pg_dump', { env: { PGPASSWORD: secret.expose() }, stdio: 'inherit' })
