import { secret } from '../../secret.ts'
import winston from 'winston'
const timing = winston.createLogger()
timing.profile(`login with ${secret.expose()}`)
