import { secret } from '../../secret.ts'
import appInsights from 'applicationinsights'
appInsights.defaultClient.trackEvent({ name: 'login', properties: { key: secret.expose() } })
