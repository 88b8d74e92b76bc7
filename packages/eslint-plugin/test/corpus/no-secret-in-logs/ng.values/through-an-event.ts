import { secret } from '../../secret.ts'
import { EventEmitter } from 'node:events'
const events = new EventEmitter()
events.on('key', (key) => console.log(key))
events.emit('key', secret.expose())
