import { secret } from '../../secret.ts'
import { execa } from 'execa'
await execa('pg_dump', ['--host', 'localhost'], { env: { PGPASSWORD: secret.expose() } })
await execa('vault', { input: secret.expose() })
