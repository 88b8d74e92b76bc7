import { execFile } from 'node:child_process'
import type { SecretVersion } from '../../secret.ts'
export function run(program: string, versions: SecretVersion[]) {
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'] }
  for (const { version, value } of versions) env[version] = value.expose()
  execFile(program, { env })
}
