// @typed
import { EventEmitter } from 'node:events'
import { secret } from '../../secret.ts'
const events = new EventEmitter()
events.on('rotated', (next) => next.expose())
events.emit('rotated', secret)
