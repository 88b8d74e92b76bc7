import { login } from '../../secret.ts'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
const run = promisify(execFile)
export async function backup(database: string) {
  const { user, password } = login.expose()
  const url = `postgres://${user}:${password}@localhost/${database}`
  const { stdout } = await run('pg_dump', ['--dbname', url, '--format', 'custom'], {
    encoding: 'buffer',
  })
  return stdout
}
