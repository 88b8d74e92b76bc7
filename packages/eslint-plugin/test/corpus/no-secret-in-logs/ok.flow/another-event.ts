import { secret } from '../../secret.ts'
import { EventEmitter } from 'node:events'
const keys = new EventEmitter()
keys.on('loaded', (name: string) => console.log(name))
keys.emit('loaded', 'signing', secret.expose())
keys.emit('changed', secret.expose())
