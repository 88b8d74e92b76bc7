// @known
import pm2 from 'pm2'
import { secret } from '../../secret.ts'
pm2.start({ script: 'worker.js', args: ['--key', secret.expose()] })
