import { login } from '../../secret.ts'
import * as Sentry from '@sentry/node'
Sentry.setUser({ username: login.expose().user })
