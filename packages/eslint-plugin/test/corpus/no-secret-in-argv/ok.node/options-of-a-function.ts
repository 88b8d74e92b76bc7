// @typed
import { secret } from '../../secret.ts'
import { spawn, type SpawnOptions } from 'node:child_process'
function run(command: string, options: SpawnOptions) {
  return spawn(command, options)
}
run('pg_dump', { env: { PGPASSWORD: secret.expose() } })
