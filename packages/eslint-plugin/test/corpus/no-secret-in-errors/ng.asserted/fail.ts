import { secret } from '../../secret.ts'
import * as assert from 'node:assert'
assert.fail(`no service takes ${secret.expose()}`)
