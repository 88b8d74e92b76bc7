// @typed
import { secret } from '../../secret.ts'
interface Span {
  setAttribute(key: string, value: string): this
  addEvent(name: string): this
  end(): void
}
// as in @opentelemetry/api
export const mark = (work: Span) => work.setAttribute('key', secret.expose())
