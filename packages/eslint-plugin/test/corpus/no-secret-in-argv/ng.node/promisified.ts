import { secret } from '../../secret.ts'
import { exec } from 'node:child_process'
import { promisify } from 'node:util'
const run = promisify(exec)
await run(`docker login -p ${secret.expose()}`)
