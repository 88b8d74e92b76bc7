// @typed
import { EventEmitter } from 'node:events'
import type { Secret } from '../../secret.ts'
export class Rotation extends EventEmitter {
  finish(next: Secret) {
    this.emit('finished', { at: new Date(), next })
  }
}
