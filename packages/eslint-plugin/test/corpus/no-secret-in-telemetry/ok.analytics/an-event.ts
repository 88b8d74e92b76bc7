import { secret } from '../../secret.ts'
import posthog from 'posthog-js'
posthog.init(secret.expose())
posthog.capture('login', { hasKey: secret.expose() !== '' })
