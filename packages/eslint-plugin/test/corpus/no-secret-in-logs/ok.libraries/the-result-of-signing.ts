import { secret } from '../../secret.ts'
import { Logger } from '@nestjs/common'
import { createHmac } from 'node:crypto'
const out = new Logger('signing')
const signature = createHmac('sha256', secret.expose()).update('body').digest('hex')
out.log({ signature })
