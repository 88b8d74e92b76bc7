// @typed
// @reports secretObject
import { secret } from '../../secret.ts'
import { execSync } from 'node:child_process'
execSync(`vault login ${secret}`)
