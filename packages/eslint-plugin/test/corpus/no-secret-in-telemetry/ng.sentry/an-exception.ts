import { secret } from '../../secret.ts'
import { captureException } from '@sentry/node'
try {
  throw new Error(`refused ${secret.expose()}`)
} catch (error) {
  captureException(error)
}
