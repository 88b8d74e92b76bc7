import { secret } from '../../secret.ts'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
const digest = createHash('sha256').update(secret.expose()).digest('hex')
execFile('revoke', [digest], () => undefined)
