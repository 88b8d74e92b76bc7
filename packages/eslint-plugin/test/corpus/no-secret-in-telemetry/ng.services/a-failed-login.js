import { login } from '../../secret.ts'
import mixpanel from 'mixpanel'
const tracker = mixpanel.init('id')
export const failed = () => tracker.track('login failed', { ...login.expose() })
