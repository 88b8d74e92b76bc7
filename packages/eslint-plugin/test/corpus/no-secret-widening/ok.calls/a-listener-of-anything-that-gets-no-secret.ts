import { EventEmitter } from 'node:events'
import { secret } from '../../secret.ts'
const events = new EventEmitter()
events.emit('rotated', secret.label, Date.now())
