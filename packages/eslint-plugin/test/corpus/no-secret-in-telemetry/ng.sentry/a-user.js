const Sentry = require('@sentry/node')
const { login } = require('../../secret.ts')
Sentry.setUser(login.expose())
