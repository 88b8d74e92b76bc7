import { secret } from '../../secret.ts'
class Service {
  app: any
  run() {
    this.app.log.error(`key ${secret.expose()}`)
  }
}
