import { secret } from '../../secret.ts'
import assert from 'node:assert'
declare function connect(key: string): Promise<void>
await assert.rejects(connect(secret.expose()), /refused/)
assert.throws(() => secret.expose(), { code: 'disposed' })
