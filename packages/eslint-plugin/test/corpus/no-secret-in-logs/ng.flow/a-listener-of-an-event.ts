import { secret } from '../../secret.ts'
import { EventEmitter } from 'node:events'
class Keys extends EventEmitter {}
const keys = new Keys()
keys.once('loaded', (name: string, key: string) => console.log(name, key))
keys.emit('loaded', 'signing', secret.expose())
