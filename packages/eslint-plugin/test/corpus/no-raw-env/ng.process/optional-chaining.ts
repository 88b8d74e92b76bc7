export const token = process?.env?.SENTRY_AUTH_TOKEN
