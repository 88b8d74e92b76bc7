import posthog from 'posthog-js'
posthog.capture('login', { method: 'password', hasPassword: true })
