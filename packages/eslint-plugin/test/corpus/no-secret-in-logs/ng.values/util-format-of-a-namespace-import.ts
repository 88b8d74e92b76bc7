import { secret } from '../../secret.ts'
import * as util from 'node:util'
process.stdout.write(util.format('%s', secret.expose()))
