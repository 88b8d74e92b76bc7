import { argv } from 'node:process'
import { secret } from '../../secret.ts'
argv[2] = secret.expose()
