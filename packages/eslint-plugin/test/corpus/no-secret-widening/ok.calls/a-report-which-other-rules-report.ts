import * as Sentry from '@sentry/node'
import { secret } from '../../secret.ts'
Sentry.setContext('login', { secret })
