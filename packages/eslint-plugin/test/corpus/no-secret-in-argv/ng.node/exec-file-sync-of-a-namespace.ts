import { secret } from '../../secret.ts'
import * as childProcess from 'node:child_process'
childProcess.execFileSync('curl', [
  '-H',
  `Authorization: Bearer ${secret.expose()}`,
  'https://example.com',
])
