import { login } from '../../secret.ts'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
const run = promisify(execFile)
export async function backup(database: string) {
  const { user, password } = login.expose()
  const env = { ...process.env, PGPASSWORD: password }
  const { stdout } = await run('pg_dump', ['--username', user, '--dbname', database], { env })
  return stdout
}
