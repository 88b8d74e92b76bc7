import { secret } from '../../secret.ts'
import { Logger } from '@nestjs/common'
Logger.warn(`key ${secret.expose()} is old`, 'KeyService')
