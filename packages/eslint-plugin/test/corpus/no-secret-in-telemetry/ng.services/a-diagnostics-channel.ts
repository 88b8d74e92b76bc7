// @known
import { secret } from '../../secret.ts'
import { channel } from 'node:diagnostics_channel'
channel('login').publish({ key: secret.expose() })
