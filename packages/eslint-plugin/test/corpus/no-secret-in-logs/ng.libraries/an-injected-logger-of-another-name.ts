// @typed
import { secret } from '../../secret.ts'
interface Reporter {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}
class Keys {
  constructor(private readonly reporter: Reporter) {}
  load() {
    this.reporter.warn(`loaded ${secret.expose()}`)
  }
}
