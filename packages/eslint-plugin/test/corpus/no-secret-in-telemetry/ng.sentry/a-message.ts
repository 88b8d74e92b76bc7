import { secret } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.captureMessage(`the key ${secret.expose()} was refused`)
