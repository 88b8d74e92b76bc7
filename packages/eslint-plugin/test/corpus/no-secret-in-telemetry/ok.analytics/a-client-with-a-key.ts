import { secret } from '../../secret.ts'
import { Analytics } from '@segment/analytics-node'
import { PostHog } from 'posthog-node'
export const analytics = new Analytics({ writeKey: secret.expose() })
export const posthog = new PostHog(secret.expose(), { host: 'https://example.com' })
