// ---- an-identity
import { login } from '../../secret.ts'
export const identify = (analytics: any) => analytics.identify('1', { ...login.expose() }) // expect: exposedSecret

// ---- a-type-that-says-hashed
import { login } from '../../secret.ts'
type HashedUser = string
declare function anonymize(user: string): HashedUser
export const identify = (analytics: any) => analytics.identify(anonymize(login.expose().password))

// ---- application-insights
import { secret } from '../../secret.ts'
import appInsights from 'applicationinsights'
appInsights.defaultClient.trackEvent({ name: 'login', properties: { key: secret.expose() } }) // expect: exposedSecret

// ---- mixpanel.js
import { secret } from '../../secret.ts'
import mixpanel from 'mixpanel-browser'
mixpanel.people.set({ key: secret.expose() }) // expect: exposedSecret

// ---- posthog
import { secret } from '../../secret.ts'
import posthog from 'posthog-js'
posthog.capture('login', { key: secret.expose() }) // expect: exposedSecret

// ---- an-event
import { secret } from '../../secret.ts'
import posthog from 'posthog-js'
posthog.init(secret.expose())
posthog.capture('login', { hasKey: secret.expose() !== '' })

// ---- rollbar
import { secret } from '../../secret.ts'
import Rollbar from 'rollbar'
declare const accessToken: string
const rollbar = new Rollbar({ accessToken })
rollbar.error('login failed', { key: secret.expose() }) // expect: exposedSecret

// ---- rollbar-clean
import { secret } from '../../secret.ts'
import Rollbar from 'rollbar'
const rollbar = new Rollbar({ accessToken: secret.expose() })
rollbar.error('login failed', { key: secret.label })

// ---- segment
import { secret } from '../../secret.ts'
import { Analytics } from '@segment/analytics-node'
declare const writeKey: string
const analytics = new Analytics({ writeKey })
analytics.track({ userId: '1', event: 'login', properties: { key: secret.expose() } }) // expect: exposedSecret

// ---- a-client-with-a-key
import { secret } from '../../secret.ts'
import { Analytics } from '@segment/analytics-node'
import { PostHog } from 'posthog-node'
export const analytics = new Analytics({ writeKey: secret.expose() })
export const posthog = new PostHog(secret.expose(), { host: 'https://example.com' })

// ---- a-camera
import { secret } from '../../secret.ts'
declare const camera: { capture(key: string): void; track(key: string): void }
camera.capture(secret.expose())
camera.track(secret.expose())
