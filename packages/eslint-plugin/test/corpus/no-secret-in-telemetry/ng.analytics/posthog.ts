import { secret } from '../../secret.ts'
import posthog from 'posthog-js'
posthog.capture('login', { key: secret.expose() })
