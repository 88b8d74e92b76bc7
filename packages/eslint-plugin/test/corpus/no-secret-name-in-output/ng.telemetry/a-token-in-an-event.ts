import posthog from 'posthog-js'
export const invited = (inviteToken: string) => posthog.capture('invited', { inviteToken })
