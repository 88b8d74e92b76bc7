import { secret } from '../../secret.ts'
import { writeSync } from 'node:fs'
writeSync(2, `using ${secret.expose()}\n`)
