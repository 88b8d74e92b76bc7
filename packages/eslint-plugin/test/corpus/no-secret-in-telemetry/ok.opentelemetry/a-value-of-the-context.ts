import { secret } from '../../secret.ts'
import { context, createContextKey } from '@opentelemetry/api'
const KEY = createContextKey('key')
export const run = (work: () => void) =>
  context.with(context.active().setValue(KEY, secret.expose()), work)
