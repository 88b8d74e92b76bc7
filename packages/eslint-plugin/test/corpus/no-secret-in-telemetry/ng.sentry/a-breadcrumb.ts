import { secret } from '../../secret.ts'
import { addBreadcrumb } from '@sentry/react'
addBreadcrumb({ category: 'auth', message: `key ${secret.expose()}`, level: 'info' })
