import { secret } from '../../secret.ts'
import { appendFileSync } from 'node:fs'
appendFileSync('debug.log', `using ${secret.expose()}\n`)
