// @typed
import type { Secret } from '../../secret.ts'
declare function readToken(path: string): Promise<Secret>
const token: unknown = await readToken('/var/run/secrets/token')
if (token === undefined) process.exitCode = 1
